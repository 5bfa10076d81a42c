with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

share_groups as (
    select * from {{ ref('share_groups_by_quarter') }}
),

by_direction as (
    select
        quarter,
        quarter_began_on,
        direction,
        network_type,
        sum(bits) as bits
    from traffic
    group by all
),

with_both as (
    select * from by_direction
    union all
    select
        quarter,
        quarter_began_on,
        'both' as direction,
        network_type,
        sum(bits) as bits
    from by_direction
    group by all
),

wholes as (
    select
        quarter,
        direction,
        sum(bits) as bits
    from with_both
    group by all
),

groups as (
    select
        with_both.quarter,
        with_both.quarter_began_on,
        with_both.direction,
        share_groups.share_group,
        sum(with_both.bits) as bits
    from with_both
    inner join share_groups
        on with_both.quarter = share_groups.quarter and with_both.network_type = share_groups.network_type
    group by all
)

select
    groups.quarter,
    groups.quarter_began_on,
    groups.direction,
    groups.share_group,
    'all_boundary_bits' as denominator,
    cast(groups.bits as decimal(38, 0)) as bits,
    cast(groups.bits as double) / nullif(cast(wholes.bits as double), 0) as share_of_bits
from groups
inner join wholes on groups.quarter = wholes.quarter and groups.direction = wholes.direction
order by all
