with parts as (
    select * from {{ ref('int_traffic__placed') }}
),

crossings as (
    select * from {{ ref('int_crossings') }}
)

select
    parts.export_on,
    parts.bin,
    {{ moment_of_bin('parts.bin') }} as bin_at,
    parts.own_address,
    parts.peer_address,
    parts.protocol,
    crossings.direction,
    crossings.region,
    parts.network_key,
    parts."override",
    parts.size_class,
    parts.is_first_part,
    parts.bits,
    parts.sampled_packets
from parts
inner join crossings on parts.crossing = crossings.crossing
