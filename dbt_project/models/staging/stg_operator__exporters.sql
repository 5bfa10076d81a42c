with exporters as (
    select * from {{ source('operator', 'exporters') }}
),

sites as (
    select * from {{ source('operator', 'sites') }}
)

select
    exporters.exporter,
    exporters.exporter_address,
    exporters.name as exporter_name,
    exporters.site,
    sites.metro,
    sites.region,
    exporters.sampling_interval,
    exporters.as_numbers,
    exporters.metering,
    exporters.active_timeout_s,
    coalesce(exporters.valid_from, date '0001-01-01') as valid_from,
    coalesce(exporters.valid_to, date '9999-12-31') as valid_to
from exporters
left join sites on exporters.site = sites.site
