with cells as (
    select * from {{ ref('measured_cells') }}
    where mart = 'connectivity_quarterly'
)

select
    cells.quarter_began_on,
    cells.quarter,
    cells.region,
    cells.network_type,
    cells.direction,
    cells.connectivity,
    {{ measured_columns('cells') }}
from cells
order by cells.quarter, cells.region, cells.network_type, cells.direction, cells.connectivity
