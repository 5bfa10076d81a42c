with cells as (
    select * from {{ ref('measured_cells') }}
    where mart = 'region_network_type_quarterly'
)

select
    cells.quarter_began_on,
    cells.quarter,
    cells.region,
    cells.network_type,
    {{ measured_columns('cells') }}
from cells
order by cells.quarter, cells.region, cells.network_type
