with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
)

select
    export_on,
    cast(bin_at as date) as event_on,
    network_key,
    "override",
    region,
    direction,
    size_class,
    cast(sum(cast(is_first_part as integer)) as bigint) as flow_records,
    cast(sum(bits) as decimal(38, 0)) as bits
from parts
group by all
order by all
