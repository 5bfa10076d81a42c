with cells as (
    select * from {{ ref('measured_cells') }}
    where mart = 'network_type_quarterly'
)

select
    cells.quarter_began_on,
    cells.quarter,
    cells.network_type,
    {{ measured_columns('cells') }}
from cells
order by cells.quarter, cells.network_type
