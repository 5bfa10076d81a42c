with moves as (
    select * from {{ ref('network_moves') }}
),

networks as (
    select * from {{ ref('networks') }}
),

published as (
    select
        moves.*,
        moves.is_withheld as is_suppressed,
        networks.published_key,
        networks.name
    from moves
    inner join networks on moves.network_key = networks.network_key
)

select
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    published_key as network_key,
    previous_network_type,
    network_type,
    name,
    previous_rule,
    rule,
    confidence,
    {{ without_addresses('reason') }} as reason,
    changed_on,
    is_suppressed,
    {{ unless_suppressed('cast(bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed('cast(previous_bits as decimal(38, 0))') }} as previous_bits
from published
order by quarter, network_key, previous_network_type, network_type
