with left_out as (
    select * from {{ ref('leave_one_out_ranges') }}
),

resampled_range as (
    select * from {{ ref('week_to_week_ranges') }}
),

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
