{{ config(materialized='view') }}

with addresses as (
    select * from {{ ref('typed_peer_address_days') }}
),

{{ labels() }}

select {{ told_columns('addresses', with_networks=false) }}
from addresses
{{ join_labels('addresses', with_networks=false) }}
