{{ config(materialized='view') }}

with published as (
    select * from {{ ref('pair_member_networks') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

pairs as (
    select distinct
        quarter,
        previous_quarter
    from published
),

members as (
    select distinct
        quarter,
        previous_quarter,
        dimension,
        member
    from published
),

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

resamples as (
    select {{ rows_from_to('1', resamples()) }} as resample
),

quarters_of_pairs as (
    select
        quarter,
        unnest(['previous', 'current']) as variant,
        unnest([previous_quarter, quarter]) as data_quarter
    from pairs
),

-- Each quarter's weeks are drawn anew with replacement, the same weeks for all members; seeded, and so the same in
-- every run.
draws as (
    select
        quarters_of_pairs.quarter,
        quarters_of_pairs.variant,
        resamples.resample,
        drawn.week,
        drawn.weeks,
        drawn.covered_bins,
        drawn.all_covered_bins
    from quarters_of_pairs
    cross join resamples
    inner join weeks as places on quarters_of_pairs.data_quarter = places.data_quarter
    inner join weeks as drawn
        on
            places.data_quarter = drawn.data_quarter
            and drawn.place = {{ seeded_index(
                "concat_ws('/', quarters_of_pairs.quarter, quarters_of_pairs.variant, resamples.resample, places.place)",
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
    from published
    group by all
),

-- A draw's bits, and the bins that they are of.
resampled as (
    select
        members.quarter,
        members.dimension,
        members.member,
        draws.variant,
        draws.resample,
        coalesce(sum(bits_of_weeks.bits), 0) as bits,
        sum(draws.covered_bins) as covered_bins,
        any_value(draws.all_covered_bins) as all_covered_bins,
        any_value(draws.weeks) as weeks
    from members
    inner join draws on members.quarter = draws.quarter
    left join bits_of_weeks
        on
            members.quarter = bits_of_weeks.quarter
            and members.dimension = bits_of_weeks.dimension
            and members.member = bits_of_weeks.member
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
)

-- A quarter of one week can only be drawn as it is.
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
