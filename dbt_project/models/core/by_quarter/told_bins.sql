{{ config(materialized='view') }}

with bins as (
    select * from {{ ref('quarter_bins') }}
),

{{ labels() }}

select {{ told_columns('bins', with_networks=false) }}
from bins
{{ join_labels('bins', with_networks=false) }}
