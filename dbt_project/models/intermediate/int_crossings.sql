with links as (
    select * from {{ ref('int_links') }}
)

select distinct
    crossing,
    metro,
    region,
    connectivity,
    direction
from links
