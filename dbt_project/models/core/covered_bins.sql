{{ config(materialized='view') }}

with exporter_bins as (
    select * from {{ ref('exporter_bins') }}
)

-- Days that were made before bins said whether they are covered have datagrams to tell.
select distinct
    event_on,
    bin_at,
    {{ month_of('event_on') }} as month,
    {{ quarter_of('event_on') }} as quarter,
    region
from exporter_bins
where coalesce(is_covered, datagrams > 0)
