with whole_records as (
    select
        export_on,
        exporter,
        set_apart as reason,
        bytes_as_exported,
        bits,
        1 as records
    from {{ ref('int_flow_records__resolved') }}
    where set_apart is not null
),

parts_of_records as (
    select
        export_on,
        exporter,
        coalesce(set_apart, 'published') as reason,
        bytes_as_exported,
        bits,
        cast(is_first_part as integer) as records
    from {{ ref('int_traffic__spread') }}
),

accounted as (
    select * from whole_records
    union all
    select * from parts_of_records
)

select
    export_on,
    exporter,
    reason,
    cast(sum(records) as bigint) as records,
    cast(sum(bytes_as_exported) as decimal(38, 0)) as bytes_as_exported,
    cast(coalesce(sum(bits), 0) as decimal(38, 0)) as bits
from accounted
group by all
order by all
