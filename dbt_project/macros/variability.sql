{#- How far a difference between quarters could be another by chance of weeks, or by one network. Of a CTE `published` with
    quarter, variant (previous, current), dimension, member, week, network_key and bits, and of its `members`. -#}

{#- So many resamples that the fifth percentiles rest on ten each (decided 2026-11-21). -#}
{% macro resamples() %}200{% endmacro %}

{#- The CTEs that end in `resampled_range`: from the 5th to the 95th percentile of the difference when each quarter's weeks
    are drawn anew with replacement, the same weeks for all members; a draw's bits are taken to the covered bins of the
    quarter. Seeded by quarter, variant, draw and place, and so the same in every run. -#}
{% macro week_to_week(published, members) -%}
covered_weeks as (
    select
        {{ quarter_of('event_on') }} as data_quarter,
        {{ week_of('event_on') }} as week,
        count(distinct bin_at) as covered_bins
    from covered
    group by all
),

weeks as (
    select
        *,
        row_number() over (partition by data_quarter order by week) - 1 as place,
        count(*) over (partition by data_quarter) as weeks,
        sum(covered_bins) over (partition by data_quarter) as all_covered_bins
    from covered_weeks
),

draws as (
    select
        pairs.quarter,
        variants_of_pair.variant,
        resamples.resample,
        drawn.week,
        drawn.weeks,
        drawn.covered_bins,
        drawn.all_covered_bins
    from pairs
    cross join (select unnest(['previous', 'current']) as variant) as variants_of_pair
    cross join (select {{ rows_from_to('1', resamples()) }} as resample) as resamples
    inner join weeks as places
        on places.data_quarter
            = case when variants_of_pair.variant = 'current' then pairs.quarter else pairs.previous_quarter end
    inner join weeks as drawn
        on
            drawn.data_quarter = places.data_quarter
            and drawn.place = {{ seeded_index(
                "concat_ws('/', pairs.quarter, variants_of_pair.variant, resamples.resample, places.place)",
                'places.weeks'
            ) }}
),

bits_of_weeks as (
    select
        quarter,
        variant,
        dimension,
        member,
        week,
        sum(bits) as bits
    from {{ published }}
    group by all
),

resampled as (
    select
        {{ members }}.quarter,
        {{ members }}.dimension,
        {{ members }}.member,
        draws.variant,
        draws.resample,
        coalesce(sum(bits_of_weeks.bits), 0) as bits,
        sum(draws.covered_bins) as covered_bins,
        any_value(draws.all_covered_bins) as all_covered_bins,
        any_value(draws.weeks) as weeks
    from {{ members }}
    inner join draws on {{ members }}.quarter = draws.quarter
    left join bits_of_weeks
        on
            {{ members }}.quarter = bits_of_weeks.quarter
            and {{ members }}.dimension = bits_of_weeks.dimension
            and {{ members }}.member = bits_of_weeks.member
            and draws.variant = bits_of_weeks.variant
            and draws.week = bits_of_weeks.week
    group by all
),

resampled_values as (
    select
        resampled.quarter,
        resampled.dimension,
        resampled.member,
        resampled.resample,
        resampled.variant,
        resampled.weeks,
        unnest(['bits', 'share_of_bits']) as metric,
        unnest([
            cast(resampled.bits as double) * resampled.all_covered_bins / nullif(resampled.covered_bins, 0),
            {{ ratio('resampled.bits', 'wholes.bits') }}
        ]) as value
    from resampled
    inner join resampled as wholes
        on
            resampled.quarter = wholes.quarter
            and resampled.variant = wholes.variant
            and resampled.resample = wholes.resample
            and wholes.dimension = 'total'
),

resampled_differences as (
    select
        quarter,
        dimension,
        member,
        metric,
        resample,
        min(weeks) as weeks,
        max(value) filter (where variant = 'current') - max(value) filter (where variant = 'previous') as difference
    from resampled_values
    group by all
),

-- A quarter of one week can only be drawn as it is.
resampled_range as (
    select
        quarter,
        dimension,
        member,
        metric,
        {{ nearest_rank('difference', 5, 'count(difference)') }} as week_to_week_low,
        {{ nearest_rank('difference', 95, 'count(difference)') }} as week_to_week_high
    from resampled_differences
    where weeks > 1
    group by all
)
{%- endmacro %}

{#- The CTEs that end in `left_out`: the difference, the part of it that the networks with the largest differences make, and
    its range when any one network of the operator is left out, of the cell and of the whole. What a withheld network alone
    would decide is not told. -#}
{% macro leave_one_out(published, members) -%}
of_networks as (
    select
        quarter,
        dimension,
        member,
        network_key,
        coalesce(sum(bits) filter (where variant = 'previous'), 0) as previous_bits,
        coalesce(sum(bits) filter (where variant = 'current'), 0) as bits
    from {{ published }}
    group by all
),

of_members as (
    select
        {{ members }}.quarter,
        {{ members }}.previous_quarter,
        {{ members }}.dimension,
        {{ members }}.member,
        sum(of_networks.previous_bits) as previous_bits,
        sum(of_networks.bits) as bits
    from {{ members }}
    inner join of_networks using (quarter, dimension, member)
    group by all
),

with_each as (
    select
        of_members.*,
        of_all.network_key,
        coalesce(of_networks.previous_bits, 0) as network_previous_bits,
        coalesce(of_networks.bits, 0) as network_bits,
        of_all.previous_bits as network_previous_whole,
        of_all.bits as network_whole,
        wholes.previous_bits as previous_whole,
        wholes.bits as whole
    from of_members
    inner join of_members as wholes on of_members.quarter = wholes.quarter and wholes.dimension = 'total'
    inner join of_networks as of_all on of_members.quarter = of_all.quarter and of_all.dimension = 'total'
    left join of_networks
        on
            of_members.quarter = of_networks.quarter
            and of_members.dimension = of_networks.dimension
            and of_members.member = of_networks.member
            and of_all.network_key = of_networks.network_key
),

differences as (
    select
        quarter,
        previous_quarter,
        dimension,
        member,
        network_key,
        unnest(['bits', 'share_of_bits']) as metric,
        unnest([
            cast(bits - previous_bits as double),
            {{ ratio('bits', 'whole') }} - {{ ratio('previous_bits', 'previous_whole') }}
        ]) as difference,
        unnest([
            cast(network_bits - network_previous_bits as double),
            {{ ratio('network_bits', 'whole') }} - {{ ratio('network_previous_bits', 'previous_whole') }}
        ]) as of_network,
        unnest([
            cast(bits - network_bits - previous_bits + network_previous_bits as double),
            coalesce({{ ratio('(bits - network_bits)', '(whole - network_whole)') }}, 0)
            - coalesce({{ ratio(
                '(previous_bits - network_previous_bits)', '(previous_whole - network_previous_whole)'
            ) }}, 0)
        ]) as without_network
    from with_each
),

-- In one of the two quarters, in any of its types.
withheld_in_pair as (
    select distinct
        pairs.quarter,
        withheld.network_key
    from pairs
    inner join {{ ref('withheld_networks') }} as withheld
        on withheld.quarter in (pairs.quarter, pairs.previous_quarter) and withheld.is_withheld
),

ranked as (
    select
        differences.*,
        withheld_in_pair.network_key is not null as is_withheld,
        row_number() over (
            partition by differences.quarter, dimension, member, metric
            order by abs(of_network) desc, differences.network_key
        ) as place
    from differences
    left join withheld_in_pair
        on differences.quarter = withheld_in_pair.quarter and differences.network_key = withheld_in_pair.network_key
),

left_out as (
    select
        quarter,
        previous_quarter,
        dimension,
        member,
        metric,
        any_value(difference) as difference,
        case
            when not bool_or(is_withheld) filter (where place = 1)
                then {{ ratio('sum(of_network) filter (where place = 1)', 'any_value(difference)') }}
        end as top_1_part,
        case
            when not bool_or(is_withheld) filter (where place <= 5)
                then {{ ratio('sum(of_network order by place) filter (where place <= 5)', 'any_value(difference)') }}
        end as top_5_part,
        case
            when coalesce(min(without_network) filter (where is_withheld) > min(without_network), true)
                then min(without_network)
        end as leave_one_out_low,
        case
            when coalesce(max(without_network) filter (where is_withheld) < max(without_network), true)
                then max(without_network)
        end as leave_one_out_high
    from ranked
    group by all
)
{%- endmacro %}
