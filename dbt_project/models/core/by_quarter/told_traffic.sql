{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

{{ labels() }}

select {{ told_columns('traffic') }}
from traffic
{{ join_labels('traffic', with_networks=true) }}
