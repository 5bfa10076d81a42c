{{ config(materialized='table') }}

-- A quarter follows the views of its days, which are made with them (orchestration/policies.py).
-- depends_on: {{ ref('typed_peer_address_days') }}

with address_days as (
    select * from {{ ref('peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

addresses as (
    select distinct
        {{ quarter_of('event_on') }} as quarter,
        {{ quarter_began_on('event_on') }} as quarter_began_on,
        ip_version,
        peer_address,
        subscriber
    from address_days
)

-- Whole numbers are kept, joined and counted at a fraction of what bytes take.
select
    quarter,
    quarter_began_on,
    ip_version,
    peer_address,
    subscriber,
    cast(row_number() over (order by quarter, peer_address, ip_version) as integer) as address_number,
    cast(dense_rank() over (order by quarter, subscriber) as integer) as subscriber_number
from addresses
