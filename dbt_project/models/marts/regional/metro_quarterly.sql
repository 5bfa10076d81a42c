with cells as (
    select * from {{ ref('measured_cells') }}
    where mart = 'metro_quarterly'
)

select
    cells.quarter_began_on,
    cells.quarter,
    cells.region,
    cells.metro,
    cells.metro_source,
    {{ measured_columns('cells') }}
from cells
order by cells.quarter, cells.region, cells.metro, cells.metro_source
