with parts as (
    select * from {{ ref('int_traffic__spread') }}
)

select
    export_on,
    exporter,
    coalesce(set_apart, 'published') as reason,
    cast(count(*) filter (where is_first_part) as bigint) as records,
    cast(sum(bytes_as_exported) as decimal(38, 0)) as bytes_as_exported,
    cast(coalesce(sum(bits), 0) as decimal(38, 0)) as bits
from parts
group by all
order by all
