{{ config(materialized='view') }}

with exporter_bins as (
    select * from {{ ref('exporter_bins') }}
)

select distinct
    event_on,
    bin_at,
    {{ month_of('event_on') }} as month,
    {{ quarter_of('event_on') }} as quarter,
    region
from exporter_bins
where datagrams > 0
