{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
),

{{ labels() }}

select {{ told_columns('traffic') }}
from traffic
{{ join_labels('traffic', with_networks=true) }}
