with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

share_groups as (
    select * from {{ ref('share_groups_by_quarter') }}
),

types as (
    select * from {{ ref('withheld_types') }}
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
        with_both.quarter,
        with_both.direction,
        sum(with_both.bits) as bits,
        with_both.direction = 'both' or bool_and(types.is_direction_told) as is_told
    from with_both
    inner join types on with_both.quarter = types.quarter and with_both.network_type = types.network_type
    group by with_both.quarter, with_both.direction
),

-- A group that holds a withheld type would give it away, and one of its directions a type whose directions are.
groups as (
    select
        with_both.quarter,
        with_both.quarter_began_on,
        with_both.direction,
        share_groups.share_group,
        sum(with_both.bits) as bits,
        not bool_and(
            types.published_type = types.network_type
            and (with_both.direction = 'both' or types.is_direction_told)
        ) as is_suppressed,
        not bool_and(types.published_type = types.network_type) as is_type_withheld
    from with_both
    inner join share_groups
        on with_both.quarter = share_groups.quarter and with_both.network_type = share_groups.network_type
    inner join types on with_both.quarter = types.quarter and with_both.network_type = types.network_type
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
    {{ unless_suppressed('case when wholes.is_told then ' ~ ratio('groups.bits', 'wholes.bits') ~ ' end') }}
        as share_of_bits
from groups
inner join wholes on groups.quarter = wholes.quarter and groups.direction = wholes.direction
-- Of a withheld type, not even which directions it has.
where groups.direction = 'both' or not groups.is_type_withheld
order by all
