{{ config(materialized='view') }}

with addresses as (
    select * from {{ ref('quarter_addresses') }}
),

{{ labels() }}

select {{ told_columns('addresses') }}
from addresses
{{ join_labels('addresses', with_networks=true) }}
