{{ config(materialized='table') }}

with elephant_bins as (
    select * from {{ ref('typed_elephant_bins') }}
    where {{ in_selected_quarters('event_on') }}
)

select
    quarter,
    quarter_began_on,
    event_on,
    bin_at,
    own_address,
    peer_address,
    protocol,
    direction,
    region,
    network_type,
    network_key,
    "override",
    elephant_began_at,
    elephant_seconds,
    elephant_bits,
    bits,
    sampled_packets
from elephant_bins
