{{ config(
    materialized='table', tags=['by_call'], pre_hook='{{ join_as_written() }}', post_hook='{{ join_as_planned() }}'
) }}

with pairs as (
    select distinct
        exporter,
        judged_on,
        in_if,
        out_if
    from {{ ref('int_flow_records__dated') }}
),

exporters as (
    select * from {{ ref('stg_operator__exporters') }}
),

interfaces as (
    select
        *,
        case
            when connectivity = 'private_interconnect'
                then try_cast(regexp_extract(provider, '^AS([0-9]+)$', 1) as bigint)
        end as provider_as
    from {{ ref('stg_operator__interfaces') }}
),

described as (
    select
        pairs.*,
        coalesce(exporters.exporter_address, {{ address_text('pairs.exporter') }}) as exporter_address,
        exporters.site,
        exporters.metro,
        coalesce(exporters.region, 'unknown') as region,
        coalesce(exporters.as_numbers, 'ignore') as as_numbers,
        coalesce(exporters.metering, 'ingress') as metering,
        1000 * coalesce(exporters.active_timeout_s, {{ default_active_timeout_s() }}) as active_timeout_ms,
        exporters.sampling_interval as exporter_interval,
        -- The interfaces' roles first, a known external side before an unknown one.
        case
            when into_us.role = 'external' and out_of_us.role = 'external' then 'transit'
            when into_us.role = 'external' then 'ingress'
            when out_of_us.role = 'external' then 'egress'
            when into_us.role = 'internal' and out_of_us.role = 'internal' then 'internal'
        end as side_by_roles,
        into_us.speed_bps as in_speed_bps,
        out_of_us.speed_bps as out_speed_bps,
        into_us.interface as in_interface,
        out_of_us.interface as out_interface,
        coalesce(into_us.connectivity, 'unknown') as in_connectivity,
        coalesce(out_of_us.connectivity, 'unknown') as out_connectivity,
        into_us.provider_as as in_provider_as,
        out_of_us.provider_as as out_provider_as
    from pairs
    left join exporters
        on
            pairs.exporter = exporters.exporter
            and pairs.judged_on between exporters.valid_from and exporters.valid_to
    left join interfaces as into_us
        on
            pairs.exporter = into_us.exporter
            and pairs.in_if = into_us.if_index
            and pairs.judged_on between into_us.valid_from and into_us.valid_to
    left join interfaces as out_of_us
        on
            pairs.exporter = out_of_us.exporter
            and pairs.out_if = out_of_us.if_index
            and pairs.judged_on between out_of_us.valid_from and out_of_us.valid_to
)

select
    *,
    {% for side in sides() %}
        {{ key_of(crossing_columns(side)) }} as {{ side }}_crossing,
        {{ key_of(link_columns(side)) }} as {{ side }}_link,
    {% endfor %}
    in_connectivity = 'migration' or in_provider_as is not null as is_named_by_input,
    out_connectivity = 'migration' or out_provider_as is not null as is_named_by_output
from described
