with members as (
    select * from {{ ref('pair_members') }}
),

wholes as (
    select
        quarter,
        current_bits as whole_bits,
        previous_bits as previous_whole_bits,
        cast(current_covered as double) / nullif(bins, 0) as whole_rate,
        cast(previous_covered as double) / nullif(previous_bins, 0) as previous_whole_rate
    from members
    where dimension = 'total'
),

-- Bits outside of covered bins belong to traffic, which is what remains.
steps_of_bits as (
    select
        quarter,
        previous_quarter,
        dimension,
        member,
        'bits' as metric,
        {{ exact('previous_bits') }} as previous_value,
        {{ exact('restated_bits') }} as previous_value_restated,
        {{ exact('current_bits') }} as value,
        {{ exact(
            'coalesce(' ~ wide('bins - previous_bins') ~ ' * ' ~ wide('previous_covered')
            ~ ' // nullif(previous_bins, 0), 0)'
        ) }} as coverage_effect,
        null as traffic_effect,
        {{ exact('map_now_covered - map_before_covered') }} as reclassification_effect,
        {{ exact('current_covered - map_now_covered') }} as definition_effect
    from members
),

shares as (
    select
        members.quarter,
        members.previous_quarter,
        members.dimension,
        members.member,
        {{ exact(ratio('previous_bits', 'previous_whole_bits')) }} as previous_value,
        {{ exact(ratio('restated_bits', 'previous_whole_bits')) }} as previous_value_restated,
        {{ exact(ratio('current_bits', 'whole_bits')) }} as value,
        {{ share_of_rates('previous_covered', 'previous_bins', 'previous_whole_rate') }} as previous_share,
        {{ share_of_rates('map_before_covered', 'bins', 'whole_rate') }} as map_before_share,
        {{ share_of_rates('map_now_covered', 'bins', 'whole_rate') }} as map_now_share,
        {{ share_of_rates('current_covered', 'bins', 'whole_rate') }} as current_share
    from members
    inner join wholes on members.quarter = wholes.quarter
),

-- Coverage is what remains from shares of covered rates to shares of observed bits.
steps_of_shares as (
    select
        quarter,
        previous_quarter,
        dimension,
        member,
        'share_of_bits' as metric,
        previous_value,
        previous_value_restated,
        value,
        null as coverage_effect,
        map_before_share - previous_share as traffic_effect,
        map_now_share - map_before_share as reclassification_effect,
        current_share - map_now_share as definition_effect
    from shares
),

steps as (
    select * from steps_of_bits
    union all
    select * from steps_of_shares
),

{{ suppressed_pairs('steps') }}

select
    metric,
    dimension,
    member,
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    previous_quarter,
    is_suppressed,
    {{ unless_suppressed('previous_value') }} as previous_value,
    {{ unless_suppressed('case when not is_move_withheld then previous_value_restated end') }}
        as previous_value_restated,
    {{ unless_suppressed('value') }} as value,
    {{ unless_suppressed(exact(
        'coalesce(coverage_effect, value - previous_value - traffic_effect - reclassification_effect - definition_effect)'
    )) }} as coverage_effect,
    {{ unless_suppressed('case when not is_move_withheld then ' ~ exact(
        'coalesce(traffic_effect, value - previous_value - coverage_effect - reclassification_effect - definition_effect)'
    ) ~ ' end') }} as traffic_effect,
    {{ unless_suppressed('case when not is_move_withheld then ' ~ exact('reclassification_effect') ~ ' end') }}
        as reclassification_effect,
    {{ unless_suppressed(exact('definition_effect')) }} as definition_effect
from suppressed
order by metric, dimension, member, quarter
