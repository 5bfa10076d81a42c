with export_health as (
    select * from {{ ref('stg_exports__export_health') }}
),

exporters as (
    select * from {{ ref('stg_operator__exporters') }}
)

select
    export_health.export_on,
    cast(export_health.bin_at as date) as event_on,
    export_health.bin_at,
    coalesce(exporters.exporter_address, {{ address_text('export_health.exporter') }}) as exporter,
    coalesce(exporters.region, 'unknown') as region,
    export_health.observation_domain,
    export_health.flow_protocol,
    export_health.is_estimate,
    export_health.is_covered,
    cast(export_health.datagrams as bigint) as datagrams,
    cast(export_health.malformed as bigint) as malformed_datagrams,
    cast(export_health.duplicates as bigint) as duplicate_datagrams,
    cast(export_health.data_records as bigint) as data_records,
    cast(export_health.option_records as bigint) as option_records,
    cast(export_health.undecoded_sets as bigint) as undecoded_sets,
    cast(export_health.records_expected as bigint) as records_expected,
    cast(export_health.records_lost as bigint) as records_lost
from export_health
left join exporters
    on
        export_health.exporter = exporters.exporter
        and export_health.export_on between exporters.valid_from and exporters.valid_to
order by all
