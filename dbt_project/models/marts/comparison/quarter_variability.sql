with {{ quarter_pairs(with_weeks=true) }},

cells_of_types as (
    select * from {{ ref('cells_of_types') }}
),

-- Each quarter as published: under its own map and definitions.
published as (
    select
        variants.quarter,
        variants.previous_quarter,
        variants.variant,
        cells_of_types.dimension,
        cells_of_types.member,
        variants.week,
        variants.network_key,
        sum(variants.bits) as bits
    from variants
    inner join cells_of_types
        on
            variants.definitions_of = cells_of_types.quarter
            and variants.network_type = cells_of_types.network_type
            and (cells_of_types.region is null or variants.region = cells_of_types.region)
    where variants.variant in ('previous', 'current')
    group by all
),

members as (
    select distinct
        quarter,
        previous_quarter,
        dimension,
        member
    from published
),

{{ week_to_week('published', 'members') }},

{{ leave_one_out('published', 'members') }},

ranges as (
    select
        left_out.*,
        resampled_range.week_to_week_low,
        resampled_range.week_to_week_high
    from left_out
    left join resampled_range
        on
            left_out.quarter = resampled_range.quarter
            and left_out.dimension = resampled_range.dimension
            and left_out.member = resampled_range.member
            and left_out.metric = resampled_range.metric
),

{{ suppressed_pairs('ranges') }}

select
    metric,
    dimension,
    member,
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    previous_quarter,
    is_suppressed,
    {{ each_unless_suppressed([
        'difference', 'week_to_week_low', 'week_to_week_high', 'top_1_part', 'top_5_part',
        'leave_one_out_low', 'leave_one_out_high'
    ]) }}
from suppressed
order by metric, dimension, member, quarter
