with records as (
    select * from {{ ref('int_flow_records__dated') }}
),

pairs as (
    select * from {{ ref('int_interface_pairs') }}
),

settings as (
    select tracking_began_on from {{ ref('stg_operator__settings') }}
),

placed as (
    select
        records.*,
        pairs.* exclude (exporter, judged_on, in_if, out_if),
        coalesce(records.sampling_interval, pairs.exporter_interval) as known_interval
    from records
    left join pairs
        on
            records.exporter = pairs.exporter
            and records.judged_on is not distinct from pairs.judged_on
            and records.in_if is not distinct from pairs.in_if
            and records.out_if is not distinct from pairs.out_if
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
    measured.* exclude (scale, known_interval) replace (measured.known_interval as sampling_interval),
    {{ milliseconds_of('cast(settings.tracking_began_on as timestamp)') }} as tracking_began_ms,
    {{ scaled_bits('measured.layer3_bytes', 'measured.scale') }} as bits,
    {{ sampled_packets('measured.packets', 'measured.is_scaled', 'measured.known_interval') }} as sampled_packets,
    {{ sampling_variance_lower('measured') }} as bits_variance
from measured
cross join settings
