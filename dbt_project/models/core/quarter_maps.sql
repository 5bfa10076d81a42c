{{ config(materialized='view') }}

with event_days as (
    select event_on from {{ ref('exporter_bins') }}
    union
    select event_on from {{ ref('traffic_bins') }}
),

newest as (
    select max(event_on) as newest_on from event_days
)

-- The map in force on the quarter's last day, observed or not; while it runs, on today, or on the newest day where the
-- clocks of exporters are ahead.
select
    {{ quarter_of('event_days.event_on') }} as quarter,
    least(
        {{ quarter_ended_on('max(event_days.event_on)') }},
        greatest({{ today() }}, any_value(newest.newest_on))
    ) as map_on
from event_days
cross join newest
group by quarter
