with flow_exports as (
    select * from {{ source('exports', 'flow_exports') }}
    where {{ is_selected_day('export_on') }}
)

select
    export_on,
    source_file,
    file_bytes,
    sha256,
    state,
    reason
from flow_exports
