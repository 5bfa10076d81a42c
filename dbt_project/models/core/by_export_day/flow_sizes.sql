with parts as (
    select * from {{ ref('int_traffic__placed') }}
),

crossings as (
    select * from {{ ref('int_crossings') }}
),

-- By key first: names are joined to what is left.
by_key as (
    select
        export_on,
        {{ day_of_bin('bin') }} as event_on,
        peer,
        any_value(network_key) as network_key,
        any_value("override") as "override",
        crossing,
        size_class,
        sum(cast(is_first_part as integer)) as flow_records,
        sum(bits) as bits
    from parts
    group by export_on, event_on, peer, crossing, size_class
)

select
    by_key.export_on,
    by_key.event_on,
    by_key.network_key,
    by_key."override",
    crossings.region,
    crossings.direction,
    cast(by_key.size_class as integer) as size_class,
    cast(sum(by_key.flow_records) as bigint) as flow_records,
    cast(sum(by_key.bits) as decimal(38, 0)) as bits
from by_key
inner join crossings on by_key.crossing = crossings.crossing
group by all
order by all
