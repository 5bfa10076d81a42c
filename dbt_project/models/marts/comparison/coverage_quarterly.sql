with coverage_daily as (
    select * from {{ ref('coverage_daily') }}
    where {{ is_selected_quarter('quarter') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

export_losses as (
    select * from {{ ref('export_losses') }}
    where {{ in_selected_quarters('export_on') }}
),

lost_by_reason as (
    select
        {{ quarter_of('export_on') }} as quarter,
        reason,
        sum(losses) as losses
    from export_losses
    group by all
),

lost as (
    select
        quarter,
        string_agg(reason || ' ' || losses, ', ' order by reason) as loss_reasons
    from lost_by_reason
    group by quarter
),

events as (
    select
        quarter,
        count(distinct event_on) as days_present,
        count(distinct bin_at) as bins_present
    from covered
    group by quarter
),

exports as (
    select
        quarter,
        any_value(quarter_began_on) as quarter_began_on,
        sum(files_pulled) as files_pulled,
        sum(files_quarantined) as files_quarantined,
        sum(files_incomplete) as files_incomplete,
        sum(malformed_datagrams) as malformed_datagrams,
        sum(undecoded_sets) as undecoded_sets,
        sum(records_expected) as records_expected,
        sum(records_received) as records_received,
        sum(records_lost) as records_lost,
        bool_or(is_lost_estimated) as is_lost_estimated
    from coverage_daily
    group by quarter
)

select
    exports.quarter,
    exports.quarter_began_on,
    {{ quarter_ended_on('exports.quarter_began_on') }} as quarter_ended_on,
    cast(
        {{ quarter_ended_on('exports.quarter_began_on') }} - exports.quarter_began_on + 1 as integer
    ) as days_expected,
    cast(coalesce(events.days_present, 0) as integer) as days_present,
    cast(
        288 * ({{ quarter_ended_on('exports.quarter_began_on') }} - exports.quarter_began_on + 1) as bigint
    ) as bins_expected,
    cast(coalesce(events.bins_present, 0) as bigint) as bins_present,
    cast(exports.records_expected as bigint) as records_expected,
    cast(exports.records_received as bigint) as records_received,
    cast(exports.records_lost as bigint) as records_lost,
    exports.is_lost_estimated,
    cast(exports.files_pulled as bigint) as files_pulled,
    cast(exports.files_quarantined as bigint) as files_quarantined,
    cast(exports.malformed_datagrams as bigint) as malformed_datagrams,
    cast(exports.undecoded_sets as bigint) as undecoded_sets,
    cast(exports.files_incomplete as bigint) as files_incomplete,
    coalesce(lost.loss_reasons, 'none') as loss_reasons
from exports
left join events on exports.quarter = events.quarter
left join lost on exports.quarter = lost.quarter
order by exports.quarter
