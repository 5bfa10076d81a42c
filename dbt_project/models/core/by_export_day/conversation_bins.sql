{%- set names = ['export_on', 'own_number', 'peer_number', 'protocol', 'border', 'network'] %}
{%- set keys = names | join(', ') %}

-- Names as numbers of this statement: conversations are found by them, and named last.
with borders as (
    select
        crossing,
        region,
        direction,
        dense_rank() over (order by region, direction) as border
    from {{ ref('int_crossings') }}
),

networks as (
    select distinct
        peer,
        network_key,
        "override",
        dense_rank() over (order by network_key, "override") as network
    from {{ ref('int_peer_places') }}
),

parts as not materialized (
    select
        spread.export_on,
        {{ address_number('spread.own_address') }} as own_number,
        {{ address_number('spread.peer_address') }} as peer_number,
        spread.protocol,
        borders.border,
        networks.network,
        spread.bin,
        spread.bits,
        spread.sampled_packets
    from {{ ref('int_traffic__spread') }} as spread
    inner join borders on spread.crossing = borders.crossing
    inner join networks on spread.peer = networks.peer
    where spread.set_apart is null
),

-- Few peer addresses can have an elephant: the others' records need not be looked at by conversation.
addresses as (
    select
        export_on,
        {{ address_number('peer_address') }} as peer_number,
        sum(bits) as bits
    from {{ ref('peer_address_days') }}
    where {{ is_selected_day('export_on') }}
    group by export_on, peer_number
    having sum(bits) >= {{ elephant_limit('elephant_part_bits') }}
),

heavy_addresses as (
    select * from addresses
    where bits >= {{ elephant_limit('elephant_bits') }}
),

heavy_conversations as (
    select {{ keys }}
    from parts
    semi join heavy_addresses using (export_on, peer_number)
    group by {{ keys }}
    having sum(bits) >= {{ elephant_limit('elephant_bits') }}
),

parts_at_edges as (
    select * from parts
    where {{ is_at_edge(moment_of_bin('bin'), moment_of_bin('bin'), 'export_on') }}
),

-- What is light on this export day may be the beginning or the end of what is heavy with the days around it.
found as (
    select {{ keys }} from heavy_conversations
    union
    select {{ keys }}
    from parts_at_edges
    semi join addresses using (export_on, peer_number)
),

conversations as (
    select
        {{ keys }},
        row_number() over () as conversation
    from found
),

found_bins as (
    select
        conversations.conversation,
        parts.export_on,
        {{ moment_of_bin('parts.bin') }} as bin_at,
        sum(parts.bits) as bits,
        sum(parts.sampled_packets) as sampled_packets
    from parts
    inner join conversations using ({{ keys }})
    group by conversations.conversation, parts.export_on, parts.bin
),

days as (
    select
        conversation,
        sum(bits) as day_bits
    from found_bins
    group by conversation
    having sum(bits) >= {{ elephant_limit('elephant_part_bits') }}
),

bins as (
    select
        found_bins.*,
        days.day_bits
    from found_bins
    inner join days on found_bins.conversation = days.conversation
),

{{ runs_of('bins', 'conversation') }},

-- A run begins or ends at an edge where one of its bins lies there.
runs_at_edges as (
    select distinct
        conversation,
        run
    from numbered
    where {{ is_at_edge('bin_at', 'bin_at', 'export_on') }}
),

kept as (
    select numbered.*
    from numbered
    left join runs_at_edges on numbered.conversation = runs_at_edges.conversation and numbered.run = runs_at_edges.run
    where
        numbered.day_bits >= {{ elephant_limit('elephant_bits') }}
        or runs_at_edges.run is not null
),

directions as (
    select distinct
        border,
        region,
        direction
    from borders
),

network_names as (
    select distinct
        network,
        network_key,
        "override"
    from networks
)

select
    kept.export_on,
    cast(kept.bin_at as date) as event_on,
    kept.bin_at,
    {{ address_of_number('conversations.own_number') }} as own_address,
    {{ address_of_number('conversations.peer_number') }} as peer_address,
    conversations.protocol,
    directions.direction,
    directions.region,
    network_names.network_key,
    network_names."override",
    cast(kept.bits as decimal(38, 0)) as bits,
    cast(kept.sampled_packets as decimal(38, 0)) as sampled_packets
from kept
inner join conversations on kept.conversation = conversations.conversation
inner join directions on conversations.border = directions.border
inner join network_names on conversations.network = network_names.network
order by all
