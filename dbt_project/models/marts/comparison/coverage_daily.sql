with exporter_bins as (
    select * from {{ ref('exporter_bins') }}
    where {{ in_selected_quarters('export_on') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

export_files as (
    select * from {{ ref('export_files') }}
    where {{ in_selected_quarters('export_on') }}
),

export_losses as (
    select * from {{ ref('export_losses') }}
    where {{ in_selected_quarters('export_on') }}
),

lost_by_reason as (
    select
        export_on,
        reason,
        sum(losses) as losses
    from export_losses
    group by export_on, reason
),

lost as (
    select
        export_on,
        string_agg(reason || ' ' || losses, ', ' order by reason) as loss_reasons
    from lost_by_reason
    group by export_on
),

received as (
    select
        export_on,
        count(distinct exporter) as exporters_present,
        sum(datagrams) as datagrams,
        sum(malformed_datagrams) as malformed_datagrams,
        sum(duplicate_datagrams) as duplicate_datagrams,
        sum(undecoded_sets) as undecoded_sets,
        sum(records_expected) as records_expected,
        sum(data_records) as records_received,
        sum(records_lost) as records_lost,
        bool_or(is_estimate and records_lost > 0) as is_lost_estimated
    from exporter_bins
    group by export_on
),

bins as (
    select
        event_on as export_on,
        count(distinct bin_at) as bins_present
    from covered
    group by event_on
),

files as (
    select
        export_on,
        count(*) filter (where state = 'pulled' and not is_complete) as files_incomplete,
        count(*) filter (where state = 'pulled') as files_pulled,
        count(*) filter (where state in ('quarantined', 'unreadable', 'unstable')) as files_quarantined
    from export_files
    -- What was delivered again, or left, is not a file of the day.
    where state not in ('duplicate', 'withdrawn')
    group by export_on
),

days as (
    select export_on from received
    union
    select export_on from files
)

select
    {{ quarter_of('days.export_on') }} as quarter,
    {{ quarter_began_on('days.export_on') }} as quarter_began_on,
    days.export_on,
    cast(coalesce(received.exporters_present, 0) as bigint) as exporters_present,
    cast(coalesce(files.files_pulled, 0) as bigint) as files_pulled,
    cast(coalesce(files.files_quarantined, 0) as bigint) as files_quarantined,
    cast(288 as bigint) as bins_expected,
    cast(coalesce(bins.bins_present, 0) as bigint) as bins_present,
    cast(coalesce(received.datagrams, 0) as bigint) as datagrams,
    cast(coalesce(received.malformed_datagrams, 0) as bigint) as malformed_datagrams,
    cast(coalesce(received.duplicate_datagrams, 0) as bigint) as duplicate_datagrams,
    cast(coalesce(received.undecoded_sets, 0) as bigint) as undecoded_sets,
    cast(coalesce(received.records_expected, 0) as bigint) as records_expected,
    cast(coalesce(received.records_received, 0) as bigint) as records_received,
    cast(coalesce(received.records_lost, 0) as bigint) as records_lost,
    coalesce(received.is_lost_estimated, false) as is_lost_estimated,
    cast(coalesce(files.files_incomplete, 0) as bigint) as files_incomplete,
    coalesce(lost.loss_reasons, 'none') as loss_reasons
from days
left join received on days.export_on = received.export_on
left join bins on days.export_on = bins.export_on
left join files on days.export_on = files.export_on
left join lost on days.export_on = lost.export_on
order by days.export_on
