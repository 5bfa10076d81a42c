with flow_sizes as (
    select * from {{ ref('typed_flow_sizes') }}
    where {{ in_selected_quarters('event_on') }}
),

addresses as (
    select * from {{ ref('quarter_addresses') }}
),

unique_addresses as (
    select
        quarter,
        network_type,
        count(distinct subscriber) as unique_ips,
        sum(bits) as bits
    from addresses
    group by quarter, network_type
),

{{ suppressed_cells('unique_addresses', ['quarter', 'network_type'], [['quarter']]) }},

sizes as (
    select
        quarter,
        any_value(quarter_began_on) as quarter_began_on,
        network_type,
        size_class,
        sum(flow_records) as flow_records,
        sum(bits) as bits
    from flow_sizes
    group by quarter, network_type, size_class
)

select
    sizes.quarter,
    sizes.quarter_began_on,
    sizes.network_type,
    sizes.size_class,
    cast(power(2, sizes.size_class) as bigint) as bytes_from,
    cast(power(2, sizes.size_class + 1) as bigint) as bytes_below,
    suppressed.is_suppressed,
    {{ unless_suppressed('cast(sizes.flow_records as bigint)') }} as flow_records,
    {{ unless_suppressed('cast(sizes.bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed('cast(sizes.bits as double) / nullif(cast(suppressed.bits as double), 0)') }} as share_of_bits
from sizes
inner join suppressed on sizes.quarter = suppressed.quarter and sizes.network_type = suppressed.network_type
order by sizes.quarter, sizes.network_type, sizes.size_class
