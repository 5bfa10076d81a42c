{{ config(materialized='view') }}

with addresses as (
    select * from {{ ref('quarter_address_days') }}
),

{{ labels() }}

select {{ told_columns('addresses', with_networks=false, with_metros=false) }}
from addresses
{{ join_labels('addresses', with_networks=false) }}
