{{ config(pre_hook='{{ forget_selected_quarters() }}') }}

with addresses as (
    select * from {{ ref('quarter_addresses') }}
),

types as (
    select * from {{ ref('withheld_types') }}
),

regions as (
    select * from {{ ref('withheld_regions') }}
),

networks as (
    select * from {{ ref('networks') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

paths as (
    select distinct
        quarter,
        path,
        network_type,
        network_key,
        region,
        cloud,
        cloud_region
    from {{ ref('quarter_paths') }}
),

bits_of_paths as (
    select
        path,
        sum(bits) as bits
    from addresses
    group by path
),

typed as (
    select
        paths.quarter,
        paths.path,
        paths.network_type,
        types.published_type,
        paths.network_key,
        networks.published_key,
        regions.published_region,
        paths.cloud,
        paths.cloud_region,
        bits_of_paths.bits
    from paths
    inner join bits_of_paths on paths.path = bits_of_paths.path
    inner join types on paths.quarter = types.quarter and paths.network_type = types.network_type
    inner join networks on paths.network_key = networks.network_key
    inner join regions
        on
            paths.quarter = regions.quarter
            and types.published_type = regions.published_type
            and paths.region = regions.region
),

types_of_links as (
    select
        quarter,
        published_type
    from typed
    group by quarter, published_type
    having bool_and(published_key like 'link:%')
),

-- A link names its router, and so its region, which then tells what the others there leave: it is told together with
-- links of its region. One alone there is told by its region.
placed as (
    select
        typed.quarter,
        typed.published_type,
        typed.published_key,
        min(case when types_of_links.quarter is null then 'all' else typed.published_region end) as place_of_network
    from typed
    left join types_of_links
        on typed.quarter = types_of_links.quarter and typed.published_type = types_of_links.published_type
    group by typed.quarter, typed.published_type, typed.published_key
),

numbered as (
    select
        *,
        row_number() over (order by quarter, published_type, published_key) as network
    from placed
),

networks_of_paths as (
    select
        typed.path,
        typed.cloud,
        typed.cloud_region,
        numbered.network
    from typed
    inner join numbered using (quarter, published_type, published_key)
),

addresses_of_networks as (
    select distinct
        networks_of_paths.network,
        addresses.subscriber
    from addresses
    inner join networks_of_paths on addresses.path = networks_of_paths.path
),

members as (
    select
        numbered.quarter,
        numbered.published_type,
        numbered.place_of_network,
        numbered.published_key,
        addresses_of_networks.subscriber,
        'all' as slice
    from addresses_of_networks
    inner join numbered on addresses_of_networks.network = numbered.network
),

counts as (
    select
        network,
        count(*) as unique_ips
    from addresses_of_networks
    group by network
),

wholes as (
    select
        quarter,
        sum(bits) as whole_bits
    from typed
    group by quarter
),

largest as (
    select
        quarter,
        published_key,
        sum(bits) as network_bits
    from typed
    group by quarter, published_key
),

cells as (
    select
        typed.quarter,
        typed.published_type,
        numbered.place_of_network,
        typed.published_key,
        sum(typed.bits) as bits,
        any_value(counts.unique_ips) < any_value(settings.minimum_unique_ips)
        or {{ ratio('any_value(largest.network_bits)', 'any_value(wholes.whole_bits)') }}
        > any_value(settings.maximum_share_of_one_network) as is_sensitive
    from typed
    inner join numbered using (quarter, published_type, published_key)
    inner join counts on numbered.network = counts.network
    inner join wholes using (quarter)
    inner join largest using (quarter, published_key)
    cross join settings
    group by typed.quarter, typed.published_type, numbered.place_of_network, typed.published_key
),

{{ merged_members(
    'merged', 'cells', 'members', ['quarter', 'published_type', 'place_of_network'], ['published_key']
) }},

-- Of a network behind a link, a part may lie in a cloud's prefixes: too small a part is not told of that cloud.
parts_of_clouds as (
    select
        networks_of_paths.network,
        networks_of_paths.cloud,
        networks_of_paths.cloud_region,
        count(distinct addresses.subscriber) as unique_ips
    from addresses
    inner join networks_of_paths on addresses.path = networks_of_paths.path
    where networks_of_paths.cloud is not null
    group by all
),

clouds as (
    select
        numbered.quarter,
        numbered.published_type,
        numbered.published_key,
        min(parts_of_clouds.unique_ips) as unique_ips
    from parts_of_clouds
    inner join numbered on parts_of_clouds.network = numbered.network
    group by numbered.quarter, numbered.published_type, numbered.published_key
),

keys as (
    select distinct
        quarter,
        network_type,
        published_type,
        network_key,
        published_key
    from typed
)

select
    keys.quarter,
    keys.network_type,
    keys.network_key,
    keys.published_key,
    merged.is_merged or keys.published_type = 'withheld' as is_withheld,
    coalesce(clouds.unique_ips >= settings.minimum_unique_ips, true) as is_cloud_told
from keys
inner join merged using (quarter, published_type, published_key)
left join clouds using (quarter, published_type, published_key)
cross join settings
