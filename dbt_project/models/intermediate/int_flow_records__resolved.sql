with records as (
    select * from {{ ref('int_flow_records__sided') }}
),

settings as (
    select own_asns from {{ ref('stg_operator__settings') }}
),

-- The far end: for traffic that comes in the source, through the interface that it came in by.
with_peer as (
    select
        *,
        {{ by_side('side', 'crossing') }} as crossing,
        {{ by_side('side', 'link') }} as link,
        case when side = 'ingress' then src_addr else dst_addr end as peer_address,
        case when side = 'ingress' then dst_addr else src_addr end as own_address,
        case when side = 'ingress' then src_range else dst_range end as peer_range,
        case when side = 'ingress' then src_as else dst_as end as exported_as,
        case when side = 'ingress' then is_named_by_input else is_named_by_output end as is_named_by_link
    from records
)

select
    with_peer.export_on,
    with_peer.link,
    with_peer.crossing,
    with_peer.set_apart,
    with_peer.plan_as_of,
    with_peer.peer_range,
    case
        when
            with_peer.as_numbers = 'origin'
            and not {{ is_reserved_as('with_peer.exported_as') }}
            and not list_contains(settings.own_asns, with_peer.exported_as)
            then with_peer.exported_as
    end as believed_as,
    case when with_peer.is_named_by_link then with_peer.link end as naming_link,
    with_peer.ip_version,
    with_peer.peer_address,
    with_peer.own_address,
    with_peer.protocol,
    with_peer.sampling_interval,
    with_peer.start_ms,
    with_peer.end_ms,
    with_peer.tracking_began_ms,
    with_peer.bytes_as_exported,
    with_peer.bits,
    with_peer.sampled_packets,
    with_peer.bits_variance
from with_peer
cross join settings
