{%- set keys = [
    'export_on', 'own_address', 'peer_address', 'protocol', 'direction', 'region', 'network_key', '"override"'
] %}
{%- set conversation = keys | join(', ') %}

with places as (
    select * from {{ ref('int_peer_places') }}
),

crossings as (
    select * from {{ ref('int_crossings') }}
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

-- Parts are read three times instead of kept once, and named last: few are of a conversation that can have an elephant.
heavy_parts as (
    select *
    from {{ ref('int_traffic__spread') }}
    semi join heavy_addresses using (export_on, peer_address)
    where set_apart is null
),

named_heavy_parts as (
    {{ named_parts('heavy_parts') }}
),

heavy_conversations as (
    select {{ conversation }}
    from named_heavy_parts
    group by {{ conversation }}
    having sum(bits) >= {{ elephant_limit('elephant_bits') }}
),

parts_at_edges as (
    select *
    from {{ ref('int_traffic__spread') }}
    semi join addresses using (export_on, peer_address)
    where set_apart is null and {{ is_at_edge(moment_of_bin('bin'), moment_of_bin('bin'), 'export_on') }}
),

named_parts_at_edges as (
    {{ named_parts('parts_at_edges') }}
),

-- What is light on this export day may be the beginning or the end of what is heavy with the days around it.
conversations as (
    select {{ conversation }} from heavy_conversations
    union
    select {{ conversation }} from named_parts_at_edges
),

parts_of_both as (
    select *
    from {{ ref('int_traffic__spread') }}
    semi join conversations using (export_on, own_address, peer_address, protocol)
    where set_apart is null
),

parts as (
    {{ named_parts('parts_of_both') }}
),

bins as (
    select
        {% for key in keys %}parts.{{ key }},
        {% endfor %}parts.bin_at,
        cast(sum(parts.bits) as decimal(38, 0)) as bits,
        cast(sum(parts.sampled_packets) as decimal(38, 0)) as sampled_packets
    from parts
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
