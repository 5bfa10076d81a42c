with cells as (
    select * from {{ ref('measured_cells') }}
    where mart = 'country_quarterly'
)

select
    cells.quarter_began_on,
    cells.quarter,
    {{ measured_columns('cells') }},
    cells.country
from cells
order by cells.quarter, cells.country
