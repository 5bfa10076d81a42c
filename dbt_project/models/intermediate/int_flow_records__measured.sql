with flow_records as (
    select * from {{ ref('stg_exports__flow_records') }}
),

exporters as (
    select * from {{ ref('stg_operator__exporters') }}
),

settings as (
    select tracking_began_on from {{ ref('stg_operator__settings') }}
),

-- Rows of the operator folder are those of the day of a record's end; of its export, where its times can't be right
-- whatever the exporter's active timeout.
dated as (
    select
        *,
        case
            when
                start_ms < exported_ms - 1000 * {{ longest_active_timeout_s() }} - {{ clock_tolerance_ms() }}
                or end_ms > exported_ms + {{ clock_tolerance_ms() }}
                or end_ms < start_ms
                then export_on
            else cast(make_timestamp(end_ms * 1000) as date)
        end as judged_on
    from flow_records
),

placed as (
    select
        dated.*,
        coalesce(exporters.exporter_address, {{ address_text('dated.exporter') }}) as exporter_address,
        exporters.site,
        exporters.metro,
        coalesce(exporters.region, 'unknown') as region,
        coalesce(exporters.as_numbers, 'ignore') as as_numbers,
        coalesce(exporters.metering, 'ingress') as metering,
        1000 * coalesce(exporters.active_timeout_s, {{ default_active_timeout_s() }}) as active_timeout_ms,
        coalesce(dated.sampling_interval, exporters.sampling_interval) as known_interval
    from dated
    left join exporters
        on
            dated.exporter = exporters.exporter
            and dated.judged_on between exporters.valid_from and exporters.valid_to
),

measured as (
    select
        *,
        start_ms < exported_ms - active_timeout_ms - {{ clock_tolerance_ms() }}
        or end_ms > exported_ms + {{ clock_tolerance_ms() }}
        or end_ms < start_ms as is_implausible,
        case when is_scaled then 1.0 else known_interval end as scale
    from placed
)

select
    measured.export_on,
    measured.exporter,
    measured.exporter_address,
    measured.site,
    measured.metro,
    measured.region,
    measured.as_numbers,
    measured.metering,
    measured.metering_direction,
    measured.judged_on,
    measured.ip_version,
    measured.src_addr,
    measured.dst_addr,
    measured.src_port,
    measured.dst_port,
    measured.protocol,
    measured.in_if,
    measured.out_if,
    measured.src_as,
    measured.dst_as,
    measured.src_range,
    measured.dst_range,
    measured.plan_as_of,
    measured.exported_ms,
    measured.active_timeout_ms,
    measured.start_ms,
    measured.end_ms,
    measured.is_implausible,
    measured.bytes_as_exported,
    measured.layer3_bytes,
    measured.packets,
    measured.known_interval as sampling_interval,
    {{ milliseconds_of('cast(settings.tracking_began_on as timestamp)') }} as tracking_began_ms,
    {{ scaled_bits('measured.layer3_bytes', 'measured.scale') }} as bits,
    {{ sampled_packets('measured.packets', 'measured.is_scaled', 'measured.known_interval') }} as sampled_packets,
    {{ sampling_variance_lower('measured') }} as bits_variance,
    {{ sampling_variance_upper('measured') }} as bits_variance_upper
from measured
cross join settings
