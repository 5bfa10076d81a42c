with export_losses as (
    select * from {{ ref('stg_exports__export_losses') }}
)

select
    export_on,
    source,
    source_file,
    reason,
    cast(losses as bigint) as losses,
    leaves_file_incomplete,
    remedy
from export_losses
order by all
