with measured as (
    select * from {{ ref('quarter_metrics') }}
),

coverage as (
    select * from {{ ref('coverage_quarterly') }}
),

verdicts as (
    select * from {{ ref('verdicts') }}
),

bridges as (
    select * from {{ ref('quarter_bridge') }}
),

variability as (
    select * from {{ ref('quarter_variability') }}
),

moves as (
    select * from {{ ref('quarter_moves') }}
),

matched_days as (
    select * from {{ ref('quarter_matched_days') }}
),

pairs as (
    select
        coverage.quarter,
        coverage.quarter_began_on,
        previous.quarter as previous_quarter,
        earlier.quarter is not null as has_earlier_pair,
        coverage.days_present < coverage.days_expected
        or previous.days_present < previous.days_expected as is_partial,
        coverage.days_present < {{ limit_of('not comparable') }} * coverage.days_expected
        or previous.days_present < {{ limit_of('not comparable') }} * previous.days_expected as is_hardly_observed,
        {{ is_low_coverage('coverage') }} or {{ is_low_coverage('previous') }} as is_low_coverage
    from coverage
    inner join coverage as previous
        on previous.quarter_began_on = cast(coverage.quarter_began_on - interval 3 month as date)
    left join coverage as earlier
        on earlier.quarter_began_on = cast(coverage.quarter_began_on - interval 6 month as date)
    where {{ is_selected_quarter('coverage.quarter') }}
),

members as (
    select distinct
        pairs.quarter,
        pairs.previous_quarter,
        measured.metric,
        measured.dimension,
        measured.member
    from pairs
    inner join measured on measured.quarter in (pairs.quarter, pairs.previous_quarter)
),

-- A cell without traffic has no row: its additive metrics are 0, its magnitude does not exist.
compared as (
    select
        members.metric,
        members.dimension,
        members.member,
        members.quarter,
        members.previous_quarter,
        coalesce(bridges.is_suppressed, coalesce(now.is_suppressed, false) or coalesce(before.is_suppressed, false))
            as is_suppressed,
        case when now.quarter is not null then now.value when members.metric not like 'magnitude%' then 0 end as value,
        case
            when before.quarter is not null then before.value when members.metric not like 'magnitude%' then 0
        end as previous_value,
        coalesce(now.is_of_few_networks, false) or coalesce(before.is_of_few_networks, false) as is_of_few_networks,
        greatest(
            coalesce(now.relative_standard_error, 0), coalesce(before.relative_standard_error, 0)
        ) as relative_standard_error,
        coalesce(now.is_reclassification_withheld, false) as is_reclassification_withheld,
        -- What networks that changed their type carry of it, and how far it could be another by chance of weeks.
        coalesce(moves.moved_value, moves.moved_part * now.value, 0) as moved_value,
        variability.week_to_week_high - variability.week_to_week_low as week_to_week_range
    from members
    left join moves
        on
            members.quarter = moves.quarter
            and members.metric = moves.metric
            and members.dimension = moves.dimension
            and members.member = moves.member
    left join variability
        on
            members.quarter = variability.quarter
            and members.metric = variability.metric
            and members.dimension = variability.dimension
            and members.member = variability.member
    left join measured as now
        on
            members.quarter = now.quarter
            and members.metric = now.metric
            and members.dimension = now.dimension
            and members.member = now.member
    left join measured as before
        on
            members.previous_quarter = before.quarter
            and members.metric = before.metric
            and members.dimension = before.dimension
            and members.member = before.member
    left join bridges
        on
            members.quarter = bridges.quarter
            and members.dimension = bridges.dimension
            and members.member = bridges.member
            and bridges.metric = 'bits'
),

-- Both quarters have addresses of the days that both cover: not so where one let them go.
matched_pairs as (
    select pair
    from matched_days
    where dimension = 'total'
    group by pair
    having count(distinct quarter) = 2
),

over_matched_days as (
    select
        compared.metric || '_matched_days' as metric,
        compared.dimension,
        compared.member,
        compared.quarter,
        compared.previous_quarter,
        compared.is_suppressed
        or coalesce(now.is_withheld, false)
        or coalesce(before.is_withheld, false) as is_suppressed,
        coalesce(now.value, case when compared.metric = 'unique_ips' then 0 end) as value,
        coalesce(before.value, case when compared.metric = 'unique_ips' then 0 end) as previous_value,
        compared.is_of_few_networks,
        compared.relative_standard_error,
        compared.is_reclassification_withheld,
        compared.moved_value,
        compared.week_to_week_range
    from compared
    inner join matched_pairs on compared.quarter = matched_pairs.pair
    left join matched_days as now
        on
            compared.quarter = now.pair
            and compared.quarter = now.quarter
            and compared.metric = now.metric
            and compared.dimension = now.dimension
            and compared.member = now.member
    left join matched_days as before
        on
            compared.quarter = before.pair
            and compared.previous_quarter = before.quarter
            and compared.metric = before.metric
            and compared.dimension = before.dimension
            and compared.member = before.member
    where compared.metric in ('unique_ips', 'magnitude')
),

all_compared as (
    select * from compared
    union all
    select * from over_matched_days
),

judged as (
    select
        compared.*,
        compared.value - compared.previous_value as difference,
        unnest([
            case when compared.is_suppressed then 'withheld' end,
            case
                when compared.is_suppressed then null
                when compared.value is null or compared.previous_value is null or pairs.is_hardly_observed
                    then 'not comparable'
            end,
            case when pairs.is_partial then 'partial quarter' end,
            case when pairs.is_low_coverage then 'low coverage' end,
            case
                when compared.is_suppressed then null
                when compared.is_reclassification_withheld then 'classification changed'
                when
                    compared.moved_value
                    > {{ limit_of('classification changed') }} * abs(compared.value - compared.previous_value)
                    or compared.moved_value > compared.week_to_week_range
                    then 'classification changed'
            end,
            case when not compared.is_suppressed and compared.is_of_few_networks then 'few networks' end,
            case
                when not compared.is_suppressed and {{ is_low_precision('compared.relative_standard_error') }}
                    then 'low precision'
            end,
            case when not pairs.has_earlier_pair then 'one pair is not a trend' else 'comparable' end
        ]) as reason
    from all_compared as compared
    inner join pairs on compared.quarter = pairs.quarter
),

with_verdict as (
    select
        judged.metric,
        judged.dimension,
        judged.member,
        judged.quarter,
        judged.previous_quarter,
        any_value(judged.is_suppressed) as is_suppressed,
        any_value(judged.value) as value,
        any_value(judged.previous_value) as previous_value,
        any_value(judged.difference) as difference,
        first(verdicts.verdict order by verdicts.position) as verdict,
        cast(first(verdicts.level order by verdicts.position) as integer) as level,
        list(verdicts.verdict order by verdicts.position) as reasons
    from judged
    inner join verdicts on judged.reason = verdicts.verdict
    group by judged.metric, judged.dimension, judged.member, judged.quarter, judged.previous_quarter
)

select
    with_verdict.metric,
    with_verdict.dimension,
    with_verdict.member,
    with_verdict.quarter,
    with_verdict.previous_quarter,
    with_verdict.is_suppressed,
    case when not with_verdict.is_suppressed then with_verdict.value end as value,
    case when not with_verdict.is_suppressed then with_verdict.previous_value end as previous_value,
    case when not with_verdict.is_suppressed then with_verdict.difference end as difference,
    with_verdict.verdict,
    with_verdict.level,
    with_verdict.reasons,
    cast(bridges.previous_value_restated as double) as previous_value_restated,
    case when not with_verdict.is_suppressed then with_verdict.value end
    - cast(bridges.previous_value_restated as double) as difference_restated,
    variability.week_to_week_low,
    variability.week_to_week_high,
    variability.top_1_part,
    variability.top_5_part,
    variability.leave_one_out_low,
    variability.leave_one_out_high
from with_verdict
left join bridges
    on
        with_verdict.quarter = bridges.quarter
        and with_verdict.metric = bridges.metric
        and with_verdict.dimension = bridges.dimension
        and with_verdict.member = bridges.member
left join variability
    on
        with_verdict.quarter = variability.quarter
        and with_verdict.metric = variability.metric
        and with_verdict.dimension = variability.dimension
        and with_verdict.member = variability.member
order by
    with_verdict.metric,
    with_verdict.dimension,
    with_verdict.member,
    with_verdict.quarter,
    with_verdict.previous_quarter
