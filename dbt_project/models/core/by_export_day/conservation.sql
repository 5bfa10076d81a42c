with parts as (
    select * from {{ ref('int_traffic__spread') }}
),

links as (
    select * from {{ ref('int_links') }}
),

by_link as (
    select
        export_on,
        link,
        set_apart,
        count(*) filter (where is_first_part) as records,
        sum(bytes_as_exported) as bytes_as_exported,
        sum(bits) as bits
    from parts
    group by all
)

select
    by_link.export_on,
    links.exporter,
    coalesce(by_link.set_apart, 'published') as reason,
    cast(sum(by_link.records) as bigint) as records,
    cast(sum(by_link.bytes_as_exported) as decimal(38, 0)) as bytes_as_exported,
    cast(coalesce(sum(by_link.bits), 0) as decimal(38, 0)) as bits
from by_link
inner join links on by_link.link = links.link
group by all
order by all
