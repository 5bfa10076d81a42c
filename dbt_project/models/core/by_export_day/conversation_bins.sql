{%- set keys = [
    'export_on', 'own_address', 'peer_address', 'protocol', 'direction', 'region', 'network_key', '"override"'
] %}
{%- set conversation = keys | join(', ') %}

-- Read three times instead of kept once: few of a day's parts are of a conversation that can have an elephant.
with parts as (
    select * from {{ ref('int_traffic__named') }}
),

all_parts as (
    select * from {{ ref('int_traffic__named') }}
),

parts_at_edges as (
    select * from {{ ref('int_traffic__named') }}
    where {{ is_at_edge('bin_at', 'bin_at', 'export_on') }}
),

-- Few peer addresses can have an elephant: the others' records need not be looked at by conversation.
addresses as (
    select
        export_on,
        peer_address,
        sum(bits) as bits
    from {{ ref('peer_address_days') }}
    where {{ is_selected_day('export_on') }}
    group by export_on, peer_address
    having sum(bits) >= {{ elephant_limit('elephant_part_bits') }}
),

heavy_addresses as (
    select * from addresses
    where bits >= {{ elephant_limit('elephant_bits') }}
),

heavy_conversations as (
    select {{ conversation }}
    from all_parts
    semi join heavy_addresses using (export_on, peer_address)
    group by {{ conversation }}
    having sum(bits) >= {{ elephant_limit('elephant_bits') }}
),

-- What is light on this export day may be the beginning or the end of what is heavy with the days around it.
conversations as (
    select {{ conversation }} from heavy_conversations
    union
    select {{ conversation }} from parts_at_edges
    semi join addresses using (export_on, peer_address)
),

bins as (
    select
        {% for key in keys %}parts.{{ key }},
        {% endfor %}parts.bin_at,
        cast(sum(parts.bits) as decimal(38, 0)) as bits,
        cast(sum(parts.sampled_packets) as decimal(38, 0)) as sampled_packets
    from parts
    semi join addresses on parts.export_on = addresses.export_on and parts.peer_address = addresses.peer_address
    semi join conversations
        on {% for key in keys %}parts.{{ key }} is not distinct from conversations.{{ key }}{% if not loop.last %}
            and {% endif %}{% endfor %}
    group by all
),

{{ runs_of('bins', conversation) }},

with_whole as (
    select
        *,
        sum(bits) over (partition by {{ conversation }}) as day_bits,
        min(bin_at) over (partition by {{ conversation }}, run) as run_began_at,
        max(bin_at) over (partition by {{ conversation }}, run) as run_ended_at
    from numbered
)

select
    export_on,
    cast(bin_at as date) as event_on,
    bin_at,
    own_address,
    peer_address,
    protocol,
    direction,
    region,
    network_key,
    "override",
    bits,
    sampled_packets
from with_whole
where
    day_bits >= {{ elephant_limit('elephant_bits') }}
    or (
        day_bits >= {{ elephant_limit('elephant_part_bits') }}
        and {{ is_at_edge('run_began_at', 'run_ended_at', 'export_on') }}
    )
order by all
