with flow_exports as (
    select * from {{ ref('stg_exports__flow_exports') }}
)

select
    export_on,
    source_file,
    cast(file_bytes as bigint) as file_bytes,
    sha256,
    state,
    reason
from flow_exports
order by all
