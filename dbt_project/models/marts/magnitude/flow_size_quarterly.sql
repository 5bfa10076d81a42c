with flow_sizes as (
    select * from {{ ref('typed_flow_sizes') }}
    where {{ in_selected_quarters('event_on') }}
),

types as (
    select * from {{ ref('withheld_types') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

sizes as (
    select
        flow_sizes.quarter,
        types.published_type as network_type,
        flow_sizes.size_class,
        bool_and(types.is_quarter_told) as is_quarter_told,
        sum(flow_sizes.flow_records) as flow_records,
        sum(flow_sizes.bits) as bits,
        -- A flow that began in the quarter before has bits here and no record.
        sum(flow_sizes.flow_records) < any_value(settings.minimum_unique_ips)
        and any_value(settings.minimum_unique_ips) > 1 as is_small
    from flow_sizes
    inner join types on flow_sizes.quarter = types.quarter and flow_sizes.network_type = types.network_type
    cross join settings
    group by all
),

-- Records stand for addresses, which sizes are not kept with: so few records are of even fewer addresses.
ranked as (
    select
        sizes.*,
        sum(sizes.bits) over of_type as whole_bits,
        bool_or(sizes.is_small) over of_type and count(*) over of_type > 1 as is_any_small,
        row_number() over until_here as place,
        coalesce(sum(sizes.flow_records) over (
            until_here rows between unbounded preceding and 1 preceding
        ), 0) as records_before
    from sizes
    window
        of_type as (partition by sizes.quarter, sizes.network_type),
        until_here as (
            partition by sizes.quarter, sizes.network_type
            order by sizes.is_small desc, sizes.bits, sizes.size_class
        )
),

cells as (
    select
        ranked.*,
        not ranked.is_quarter_told
        or (
            ranked.is_any_small
            and (ranked.is_small or ranked.place <= 2 or ranked.records_before < settings.minimum_unique_ips)
        ) as is_withheld
    from ranked
    cross join settings
),

named as (
    select distinct
        flow_sizes.quarter,
        flow_sizes.network_type,
        flow_sizes.size_class
    from flow_sizes
    inner join types on flow_sizes.quarter = types.quarter and flow_sizes.network_type = types.published_type
),

{{ suppressed_cells('cells', ['quarter', 'network_type', 'size_class'], 'named') }}

select
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    network_type,
    size_class,
    cast(power(2, size_class) as bigint) as bytes_from,
    cast(power(2, size_class + 1) as bigint) as bytes_below,
    is_suppressed,
    {{ unless_suppressed('cast(flow_records as bigint)') }} as flow_records,
    {{ unless_suppressed('cast(bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed(ratio('bits', 'whole_bits')) }} as share_of_bits
from suppressed
order by quarter, network_type, size_class
