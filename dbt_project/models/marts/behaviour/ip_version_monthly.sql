with cells as (
    select * from {{ ref('measured_cells') }}
    where mart = 'ip_version_monthly'
)

select
    cells.quarter,
    cells.quarter_began_on,
    cells.month,
    cells.network_type,
    cells.ip_version,
    {{ measured_columns('cells') }}
from cells
order by cells.month, cells.network_type, cells.ip_version
