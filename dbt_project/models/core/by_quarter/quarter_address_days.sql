{{ config(materialized='table') }}

with addresses as (
    select * from {{ ref('typed_peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
)

select
    quarter,
    quarter_began_on,
    month,
    event_on,
    region,
    direction,
    network_type,
    subscriber,
    cast(sum(bits) as decimal(38, 0)) as bits,
    {{ hours_of('hours_touched') }} as hours_touched
from addresses
group by all
