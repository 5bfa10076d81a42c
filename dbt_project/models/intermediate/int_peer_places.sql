{{ config(materialized='table', tags=['by_call']) }}

with met as (
    select * from {{ ref('int_flow_records__namings') }}
),

address_ranges as (
    select * from {{ ref('stg_registry__address_ranges') }}
),

links as (
    select * from {{ ref('int_links') }}
),

ruled as (
    select
        met.*,
        links.exporter,
        links.interface,
        links.connectivity,
        links.provider_as,
        address_ranges.origin_as as planned_as,
        address_ranges.cloud,
        address_ranges.cloud_region,
        coalesce(address_ranges.country, 'unknown') as country,
        address_ranges."override",
        case
            when met.naming_link is not null then 'interface'
            when address_ranges.is_own then 'own'
            when address_ranges.cloud is not null then 'cloud_prefixes'
            when met.believed_as is not null then 'record_as'
            when address_ranges.origin_as is not null then 'address_plan'
            else 'unknown'
        end as network_rule
    from met
    left join links on met.naming_link = links.link
    left join address_ranges
        on met.plan_as_of = address_ranges.plan_as_of and met.peer_range = address_ranges.range_id
),

named as (
    select
        *,
        case
            when connectivity = 'migration' then 'link:' || exporter || '/' || interface
            when network_rule = 'interface' then 'as:' || provider_as
            when network_rule = 'own' then 'own'
            when network_rule = 'cloud_prefixes' then 'cloud:' || cloud || coalesce('/' || cloud_region, '')
            when network_rule = 'record_as' then 'as:' || believed_as
            when network_rule = 'address_plan' then 'as:' || planned_as
            else 'unknown'
        end as network_key,
        coalesce(provider_as, believed_as, planned_as) as origin_as
    from ruled
)

select
    plan_as_of,
    peer_range,
    believed_as,
    naming_link,
    {{ key_of(place_columns()) }} as place,
    {{ key_of(peer_columns()) }} as peer,
    network_rule,
    origin_as,
    network_key,
    "override",
    cloud,
    cloud_region,
    country
from named
