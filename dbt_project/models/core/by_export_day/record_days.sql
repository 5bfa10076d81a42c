{{ config(pre_hook='{{ join_as_written() }}', post_hook='{{ join_as_planned() }}') }}

with flow_records as (
    select * from {{ ref('stg_exports__flow_records') }}
),

exporters as (
    select * from {{ ref('stg_operator__exporters') }}
),

bogons as (
    select
        plan_as_of,
        range_id
    from {{ ref('stg_registry__address_ranges') }}
    where special is not null and not is_own
),

judged as (
    select
        flow_records.export_on,
        flow_records.ip_version,
        flow_records.protocol,
        flow_records.bytes_as_exported,
        flow_records.exported_ms - flow_records.end_ms as delay_ms,
        coalesce(exporters.exporter_address, {{ address_text('flow_records.exporter') }}) as exporter,
        {{ is_at_counter_limit('flow_records.bytes_as_exported') }}
        or {{ is_at_counter_limit('flow_records.packets') }} as is_at_limit,
        sources.range_id is not null or destinations.range_id is not null as is_bogon
    from flow_records
    left join exporters
        on
            flow_records.exporter = exporters.exporter
            and flow_records.export_on between exporters.valid_from and exporters.valid_to
    left join bogons as sources
        on flow_records.plan_as_of = sources.plan_as_of and flow_records.src_range = sources.range_id
    left join bogons as destinations
        on flow_records.plan_as_of = destinations.plan_as_of and flow_records.dst_range = destinations.range_id
)

select
    export_on,
    exporter,
    ip_version,
    protocol,
    cast(count(*) as bigint) as records,
    cast(sum(bytes_as_exported) as decimal(38, 0)) as bytes_as_exported,
    cast(coalesce(sum(bytes_as_exported) filter (where is_bogon), 0) as decimal(38, 0)) as bytes_of_bogons,
    cast(count(*) filter (where is_at_limit) as bigint) as records_at_counter_limit,
    cast(min(delay_ms) as bigint) as delay_ms_min,
    cast(max(delay_ms) as bigint) as delay_ms_max
from judged
group by all
order by all
