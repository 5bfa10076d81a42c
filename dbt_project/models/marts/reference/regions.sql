with regions as (
    select * from {{ ref('operator_regions') }}
)

select
    region,
    label,
    position
from regions
union all
select
    'withheld' as region,
    'Withheld regions' as label,
    10000 as position
order by position, region
