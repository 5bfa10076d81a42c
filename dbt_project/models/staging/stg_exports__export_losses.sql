with export_losses as (
    select * from {{ source('exports', 'export_losses') }}
    where {{ is_selected_day('export_on') }}
)

select
    export_on,
    source,
    source_file,
    reason,
    count as losses,
    leaves_file_incomplete,
    remedy
from export_losses
