with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

addresses as (
    select * from {{ ref('typed_peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

share_groups as (
    select * from {{ ref('share_groups_by_quarter') }}
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

-- A group that holds a suppressed type would give it away.
groups as (
    select
        with_both.quarter,
        with_both.quarter_began_on,
        with_both.direction,
        share_groups.share_group,
        sum(with_both.bits) as bits,
        bool_or(suppressed.is_suppressed) as is_suppressed
    from with_both
    inner join share_groups
        on with_both.quarter = share_groups.quarter and with_both.network_type = share_groups.network_type
    inner join suppressed
        on with_both.quarter = suppressed.quarter and with_both.network_type = suppressed.network_type
    group by all
)

select
    groups.quarter,
    groups.quarter_began_on,
    groups.direction,
    groups.share_group,
    'all_boundary_bits' as denominator,
    groups.is_suppressed,
    {{ unless_suppressed('cast(groups.bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed(ratio('groups.bits', 'wholes.bits')) }} as share_of_bits
from groups
inner join wholes on groups.quarter = wholes.quarter and groups.direction = wholes.direction
order by all
