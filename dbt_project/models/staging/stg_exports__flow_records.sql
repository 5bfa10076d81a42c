with flow_records as (
    select * from {{ source('exports', 'flow_records') }}
    where {{ is_selected_day('export_on') }}
)

select
    export_on,
    source_file,
    exporter,
    observation_domain,
    ip_version,
    src_addr,
    dst_addr,
    src_port,
    dst_port,
    coalesce(protocol, 0) as protocol,
    in_if,
    out_if,
    src_as,
    dst_as,
    metering_direction,
    {{ told_interval('sampling_interval') }} as sampling_interval,
    coalesce(is_scaled, false) as is_scaled,
    src_range,
    dst_range,
    plan_as_of,
    coalesce(bytes, 0) as bytes_as_exported,
    coalesce(layer3_bytes, bytes, 0) as layer3_bytes,
    coalesce(packets, 0) as packets,
    {{ milliseconds_of('received_at') }} as exported_ms,
    {{ milliseconds_of('coalesce(start_at, end_at, received_at)') }} as start_ms,
    {{ milliseconds_of('coalesce(end_at, start_at, received_at)') }} as end_ms
from flow_records
