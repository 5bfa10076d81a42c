with records as (
    select * from {{ ref('int_flow_records__sided') }}
),

address_ranges as (
    select * from {{ ref('stg_registry__address_ranges') }}
),

settings as (
    select own_asns from {{ ref('stg_operator__settings') }}
),

-- The far end: for traffic that comes in the source, through the interface that it came in by.
with_peer as (
    select
        *,
        case when side = 'ingress' then src_addr else dst_addr end as peer_address,
        case when side = 'ingress' then dst_addr else src_addr end as own_address,
        case when side = 'ingress' then src_range else dst_range end as peer_range,
        case when side = 'ingress' then src_as else dst_as end as exported_as,
        case when side = 'ingress' then in_interface else out_interface end as interface,
        case when side = 'ingress' then in_connectivity else out_connectivity end as interface_connectivity,
        case when side = 'ingress' then in_provider else out_provider end as provider
    from records
),

with_range as (
    select
        with_peer.*,
        coalesce(address_ranges.is_own, false) as is_own_peer,
        address_ranges.origin_as as planned_as,
        address_ranges.cloud,
        address_ranges.cloud_region,
        address_ranges.country,
        address_ranges."override",
        case
            when with_peer.interface_connectivity = 'private_interconnect'
                then try_cast(regexp_extract(with_peer.provider, '^AS([0-9]+)$', 1) as bigint)
        end as provider_as,
        case
            when
                with_peer.as_numbers = 'origin'
                and not {{ is_reserved_as('with_peer.exported_as') }}
                and not list_contains(settings.own_asns, with_peer.exported_as)
                then with_peer.exported_as
        end as believed_as
    from with_peer
    cross join settings
    left join address_ranges
        on with_peer.plan_as_of = address_ranges.plan_as_of and with_peer.peer_range = address_ranges.range_id
),

ruled as (
    select
        *,
        case
            when interface_connectivity = 'migration' or provider_as is not null then 'interface'
            when is_own_peer then 'own'
            when cloud is not null then 'cloud_prefixes'
            when believed_as is not null then 'record_as'
            when planned_as is not null then 'address_plan'
            else 'unknown'
        end as network_rule
    from with_range
)

select
    export_on,
    exporter_address as exporter,
    interface,
    site,
    coalesce(metro, cloud_region, 'unknown') as metro,
    case
        when metro is not null then 'interconnect_site'
        when cloud_region is not null then 'cloud_region'
        else 'unknown'
    end as metro_source,
    region,
    coalesce(interface_connectivity, 'unknown') as connectivity,
    side as direction,
    set_apart,
    case
        when interface_connectivity = 'migration' then 'link:' || exporter_address || '/' || interface
        when network_rule = 'interface' then 'as:' || provider_as
        when network_rule = 'own' then 'own'
        when network_rule = 'cloud_prefixes' then 'cloud:' || cloud || coalesce('/' || cloud_region, '')
        when network_rule = 'record_as' then 'as:' || believed_as
        when network_rule = 'address_plan' then 'as:' || planned_as
        else 'unknown'
    end as network_key,
    network_rule,
    coalesce(provider_as, believed_as, planned_as) as origin_as,
    cloud,
    cloud_region,
    coalesce(country, 'unknown') as country,
    "override",
    plan_as_of,
    ip_version,
    peer_address,
    own_address,
    protocol,
    sampling_interval,
    start_ms,
    end_ms,
    tracking_began_ms,
    bytes_as_exported,
    bits,
    sampled_packets,
    bits_variance,
    bits_variance_upper
from ruled
