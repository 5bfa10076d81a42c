{%- set peers = ['quarter', 'network_type', 'network_key', 'region', 'direction'] %}
{%- set peers_text = peers | join(', ') %}

with elephant_bins as (
    select * from {{ ref('quarter_elephant_bins') }}
),

elephants as (
    select
        {{ peers_text }},
        own_address,
        peer_address,
        protocol,
        elephant_began_at,
        min(bin_at) as first_bin_at,
        max(bin_at) as last_bin_at
    from elephant_bins
    group by all
),

-- Elephants that overlap, or hang together by others that do, are one workflow.
marked as (
    select
        *,
        first_bin_at > coalesce(
            max(last_bin_at) over (
                partition by {{ peers_text }}
                order by first_bin_at, own_address, peer_address, protocol
                rows between unbounded preceding and 1 preceding
            ),
            first_bin_at - interval 1 second
        ) as is_begin
    from elephants
),

numbered as (
    select
        *,
        sum(cast(is_begin as integer)) over (
            partition by {{ peers_text }} order by first_bin_at, own_address, peer_address, protocol
        ) as workflow
    from marked
),

bins as (
    select
        elephant_bins.*,
        numbered.workflow
    from elephant_bins
    inner join numbered using ({{ peers_text }}, own_address, peer_address, protocol, elephant_began_at)
),

cells as (
    select
        {{ peers_text }},
        workflow,
        any_value(quarter_began_on) as quarter_began_on,
        min(bin_at) as began_at,
        max(bin_at) + interval 5 minute as ended_at,
        count(distinct own_address) as own_addresses,
        count(distinct peer_address) as unique_ips,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        {{ seconds_between('min(bin_at)', 'max(bin_at)') }} + {{ bin_seconds() }} as seconds
    from bins
    group by {{ peers_text }}, workflow
    having
        count(distinct own_address) >= {{ elephant_limit('workflow_addresses') }}
        and count(distinct peer_address) >= {{ elephant_limit('workflow_addresses') }}
),

{{ largest_part('by_bin', 'bins', peers + ['workflow'], 'bin_at') }},

{{ largest_part('by_own_address', 'bins', peers + ['workflow'], 'own_address') }},

{{ largest_part('by_peer_address', 'bins', peers + ['workflow'], 'peer_address') }},

joined as (
    select
        cells.*,
        cast(cells.bits as double) / cells.seconds as bits_per_second_sustained,
        {{ bits_per_second('by_bin.largest_bits') }} as bits_per_second_max,
        cast(cells.bits as double) / cells.seconds / cells.own_addresses as bits_per_second_per_own_address,
        cast(by_own_address.largest_bits as double) / cells.seconds as bits_per_second_per_own_address_max,
        cast(cells.bits as double) / cells.seconds / cells.unique_ips as bits_per_second_per_peer_address,
        cast(by_peer_address.largest_bits as double) / cells.seconds as bits_per_second_per_peer_address_max
    from cells
    inner join by_bin using ({{ peers_text }}, workflow)
    inner join by_own_address using ({{ peers_text }}, workflow)
    inner join by_peer_address using ({{ peers_text }}, workflow)
),

-- A workflow is a part of its network, region, direction and month: where one of these is withheld, so is it.
judged as (
    select
        joined.*,
        networks.published_key,
        not {{ is_enough('joined.unique_ips') }}
        or types.published_type != joined.network_type
        or not types.is_direction_told
        or not types.are_months_told
        or regions.published_region != joined.region
        or withheld_networks.is_withheld as is_withheld
    from joined
    inner join {{ ref('networks') }} as networks on joined.network_key = networks.network_key
    inner join {{ ref('withheld_types') }} as types
        on joined.quarter = types.quarter and joined.network_type = types.network_type
    inner join {{ ref('withheld_regions') }} as regions
        on
            joined.quarter = regions.quarter
            and types.published_type = regions.published_type
            and joined.region = regions.region
    inner join {{ ref('withheld_networks') }} as withheld_networks
        on
            joined.quarter = withheld_networks.quarter
            and joined.network_type = withheld_networks.network_type
            and joined.network_key = withheld_networks.network_key
),

-- What told workflows leave of a network's elephants, of which elephant_flows tells the whole.
left_over as (
    select
        numbered.quarter,
        numbered.network_type,
        networks.published_key,
        numbered.direction,
        count(distinct numbered.peer_address) as left_ips
    from numbered
    left join judged using ({{ peers_text }}, workflow)
    inner join {{ ref('networks') }} as networks on numbered.network_key = networks.network_key
    where coalesce(judged.is_withheld, true)
    group by numbered.quarter, numbered.network_type, networks.published_key, numbered.direction
),

suppressed as (
    select
        judged.* replace (judged.published_key as network_key),
        judged.is_withheld or not {{ is_enough('coalesce(left_over.left_ips, 0)') }} as is_suppressed
    from judged
    left join left_over using (quarter, network_type, published_key, direction)
)

select
    {{ peers_text }},
    quarter_began_on,
    {{ each_unless_suppressed(['began_at', 'ended_at']) }},
    is_suppressed,
    {{ unless_suppressed('cast(bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed('cast(sampled_packets as decimal(38, 0))') }} as sampled_packets,
    {{ each_unless_suppressed([
        'own_addresses', 'unique_ips', 'bits_per_second_sustained', 'bits_per_second_max',
        'bits_per_second_per_own_address', 'bits_per_second_per_own_address_max',
        'bits_per_second_per_peer_address', 'bits_per_second_per_peer_address_max'
    ]) }}
from suppressed
order by quarter, began_at nulls last, network_key, region, direction
