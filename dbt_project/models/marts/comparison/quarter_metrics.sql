with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

addresses as (
    select * from {{ ref('typed_peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

memberships as (
    select * from {{ ref('cells_of_types') }}
),

types_before as (
    select * from {{ ref('network_types_before') }}
),

withheld_networks as (
    select * from {{ ref('withheld_networks') }}
),

covered_days as (
    select
        quarter,
        count(distinct event_on) as days
    from covered
    group by quarter
),

by_network as (
    select
        quarter,
        region,
        network_type,
        network_key,
        "override",
        sum(bits) as bits,
        sum(bits_variance) as bits_variance
    from traffic
    group by all
),

-- What each network counted as a quarter ago: bits that are in a cell only because the map changed.
with_type_before as (
    select
        by_network.*,
        coalesce(types_before.network_type_before, by_network.network_type) as network_type_before
    from by_network
    left join types_before
        on
            by_network.quarter = types_before.quarter
            and by_network.network_key = types_before.network_key
            and by_network."override" is not distinct from types_before."override"
),

in_cells as (
    select
        memberships.dimension,
        memberships.member,
        with_type_before.quarter,
        with_type_before.network_key,
        bool_or(withheld_networks.is_withheld) as is_withheld,
        sum(with_type_before.bits) as bits,
        sum(with_type_before.bits_variance) as bits_variance
    from with_type_before
    inner join memberships
        on
            {{ is_member('with_type_before') }}
    left join withheld_networks
        on
            with_type_before.quarter = withheld_networks.quarter
            and with_type_before.network_type = withheld_networks.network_type
            and with_type_before.network_key = withheld_networks.network_key
    group by
        memberships.dimension, memberships.member, with_type_before.quarter, with_type_before.network_key
),

under_map_before as (
    select
        memberships.dimension,
        memberships.member,
        with_type_before.quarter,
        sum(with_type_before.bits) as bits
    from with_type_before
    inner join memberships
        on
            with_type_before.quarter = memberships.quarter
            and with_type_before.network_type_before = memberships.network_type
            and (memberships.region is null or with_type_before.region = memberships.region)
    group by all
),

wholes as (
    select
        quarter,
        cast(sum(bits) as double) as bits
    from by_network
    group by quarter
),

cells as (
    select
        dimension,
        member,
        quarter,
        cast(sum(bits) as double) as bits,
        {{ ratio('max(bits)', 'sum(bits)') }} as top_network_share,
        coalesce(max(bits) filter (where is_withheld) = max(bits), false) as is_top_network_withheld,
        {{ relative_standard_error('sum(bits_variance)', 'sum(bits)') }} as relative_standard_error
    from in_cells
    group by all
),

addresses_of_days as (
    select
        quarter,
        event_on,
        region,
        network_type,
        subscriber,
        sum(bits) as bits
    from addresses
    group by all
),

addresses_of_quarters as (
    select
        quarter,
        region,
        network_type,
        subscriber
    from addresses_of_days
    group by all
),

{{ unique_of_members('unique_addresses', 'addresses_of_quarters', ['quarter']) }},

addresses_of_covered_days as (
    select * from addresses_of_days
    semi join covered using (event_on)
),

{{ unique_of_members('unique_of_days', 'addresses_of_covered_days', ['quarter', 'event_on']) }},

bits_of_days as (
    select
        quarter,
        event_on,
        region,
        network_type,
        sum(bits) as bits
    from addresses_of_covered_days
    group by all
),

members_of_days as (
    select
        memberships.dimension,
        memberships.member,
        bits_of_days.quarter,
        bits_of_days.event_on,
        cast(sum(bits_of_days.bits) as double) as bits
    from bits_of_days
    inner join memberships on {{ is_member('bits_of_days') }}
    group by all
),

by_day as (
    select
        members_of_days.*,
        unique_of_days.unique_ips
    from members_of_days
    inner join unique_of_days using (dimension, member, quarter, event_on)
),

daily as (
    select
        by_day.dimension,
        by_day.member,
        by_day.quarter,
        sum(by_day.bits order by by_day.event_on) / any_value(covered_days.days) as bits_daily_average,
        sum(by_day.unique_ips order by by_day.event_on) / any_value(covered_days.days) as unique_ips_daily_average,
        avg(by_day.bits / by_day.unique_ips order by by_day.event_on) as magnitude_daily_average
    from by_day
    inner join covered_days on by_day.quarter = covered_days.quarter
    group by all
),

-- A cell whose networks all count elsewhere now has no traffic, and yet what the map moved.
moved as (
    select
        coalesce(cells.quarter, under_map_before.quarter) as quarter,
        coalesce(cells.dimension, under_map_before.dimension) as dimension,
        coalesce(cells.member, under_map_before.member) as member,
        cells.top_network_share,
        cells.is_top_network_withheld,
        cells.relative_standard_error,
        coalesce(cells.bits, 0) as bits,
        coalesce(cells.bits, 0) - coalesce(cast(under_map_before.bits as double), 0) as reclassified_bits
    from cells
    full join under_map_before
        on
            cells.quarter = under_map_before.quarter
            and cells.dimension = under_map_before.dimension
            and cells.member = under_map_before.member
),

withheld_members as (
    select * from {{ ref('withheld_members') }}
),

-- What the map moved of a withheld network would tell its bits.
withheld_moves as (
    select distinct
        memberships.quarter,
        memberships.dimension,
        memberships.member
    from {{ ref('network_moves') }} as moves
    inner join memberships
        on
            moves.quarter = memberships.quarter
            and memberships.network_type in (moves.network_type, moves.previous_network_type)
    where moves.is_withheld and memberships.dimension in ('network_type', 'share_group', 'region_network_type')
),

measures as (
    select
        coalesce(withheld_members.is_withheld, false) as is_suppressed,
        withheld_moves.member is not null as is_reclassification_withheld,
        moved.quarter,
        moved.dimension,
        moved.member,
        moved.top_network_share,
        moved.is_top_network_withheld,
        moved.relative_standard_error,
        moved.bits,
        moved.reclassified_bits,
        wholes.bits as whole_bits,
        coalesce(unique_addresses.unique_ips, 0) as unique_ips,
        coalesce(daily.bits_daily_average, 0) as bits_daily_average,
        coalesce(daily.unique_ips_daily_average, 0) as unique_ips_daily_average,
        daily.magnitude_daily_average,
        covered_days.days as covered_days
    from moved
    inner join wholes on moved.quarter = wholes.quarter
    left join withheld_members
        on
            moved.quarter = withheld_members.quarter
            and moved.dimension = withheld_members.dimension
            and moved.member = withheld_members.member
    left join withheld_moves
        on
            moved.quarter = withheld_moves.quarter
            and moved.dimension = withheld_moves.dimension
            and moved.member = withheld_moves.member
    left join covered_days on moved.quarter = covered_days.quarter
    left join unique_addresses
        on
            moved.quarter = unique_addresses.quarter
            and moved.dimension = unique_addresses.dimension
            and moved.member = unique_addresses.member
    left join daily
        on
            moved.quarter = daily.quarter
            and moved.dimension = daily.dimension
            and moved.member = daily.member
    where not coalesce(withheld_members.is_unlisted, false)
),

by_metric as (
    select
        quarter,
        dimension,
        member,
        is_suppressed,
        is_reclassification_withheld,
        unnest([
            'bits',
            'share_of_bits',
            'unique_ips',
            'magnitude',
            'bits_daily_average',
            'unique_ips_daily_average',
            'magnitude_daily_average'
        ]) as metric,
        unnest([
            bits,
            bits / nullif(whole_bits, 0),
            unique_ips,
            bits / nullif(unique_ips, 0),
            bits_daily_average,
            unique_ips_daily_average,
            magnitude_daily_average
        ]) as value,
        unnest([
            reclassified_bits,
            reclassified_bits / nullif(whole_bits, 0),
            null,
            reclassified_bits / nullif(unique_ips, 0),
            reclassified_bits / covered_days,
            null,
            null
        ]) as reclassified_value,
        top_network_share,
        is_top_network_withheld,
        relative_standard_error
    from measures
)

select
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    dimension,
    member,
    is_suppressed,
    metric,
    {{ unless_suppressed('value') }} as value,
    is_reclassification_withheld,
    {{ unless_suppressed('case when not is_reclassification_withheld then reclassified_value end') }}
        as reclassified_value,
    {{ unless_suppressed('case when not is_top_network_withheld then top_network_share end') }} as top_network_share,
    {{ unless_suppressed('coalesce(top_network_share > ' ~ few_networks_share() ~ ', false)') }} as is_of_few_networks,
    {{ unless_suppressed('relative_standard_error') }} as relative_standard_error
from by_metric
order by quarter, dimension, member, metric
