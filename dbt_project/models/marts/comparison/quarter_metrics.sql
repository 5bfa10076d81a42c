with moved as (
    select * from {{ ref('member_bits') }}
),

unique_addresses as (
    select * from {{ ref('member_addresses') }}
),

daily as (
    select * from {{ ref('member_days') }}
),

withheld_members as (
    select * from {{ ref('withheld_members') }}
),

withheld_moves as (
    select * from {{ ref('withheld_moves') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

covered_days as (
    select
        quarter,
        count(distinct event_on) as days
    from covered
    group by quarter
),

wholes as (
    select
        quarter,
        bits
    from moved
    where dimension = 'total'
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
    {{ unless_suppressed('coalesce(top_network_share > ' ~ limit_of('few networks') ~ ', false)') }}
        as is_of_few_networks,
    {{ unless_suppressed('relative_standard_error') }} as relative_standard_error
from by_metric
order by quarter, dimension, member, metric
