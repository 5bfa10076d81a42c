{{ config(pre_hook='{{ forget_selected_quarters() }}') }}

with paths as (
    select distinct
        path,
        network_type,
        network_key,
        region,
        cloud,
        cloud_region
    from {{ ref('quarter_paths') }}
),

addresses as (
    select
        quarter_addresses.*,
        paths.network_type,
        paths.network_key,
        paths.region,
        paths.cloud,
        paths.cloud_region
    from {{ ref('quarter_addresses') }} as quarter_addresses
    inner join paths on quarter_addresses.path = paths.path
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

typed as (
    select
        addresses.quarter,
        addresses.network_type,
        types.published_type,
        addresses.network_key,
        networks.published_key,
        regions.published_region,
        addresses.cloud,
        addresses.cloud_region,
        addresses.subscriber,
        addresses.bits
    from addresses
    inner join types on addresses.quarter = types.quarter and addresses.network_type = types.network_type
    inner join networks on addresses.network_key = networks.network_key
    inner join regions
        on
            addresses.quarter = regions.quarter
            and types.published_type = regions.published_type
            and addresses.region = regions.region
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

members as (
    select distinct
        quarter,
        published_type,
        place_of_network,
        published_key,
        subscriber,
        'all' as slice
    from typed
    inner join placed using (quarter, published_type, published_key)
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
        placed.place_of_network,
        typed.published_key,
        sum(typed.bits) as bits,
        count(distinct typed.subscriber) < any_value(settings.minimum_unique_ips)
        or {{ ratio('any_value(largest.network_bits)', 'any_value(wholes.whole_bits)') }}
        > any_value(settings.maximum_share_of_one_network) as is_sensitive
    from typed
    inner join placed using (quarter, published_type, published_key)
    inner join wholes using (quarter)
    inner join largest using (quarter, published_key)
    cross join settings
    group by typed.quarter, typed.published_type, placed.place_of_network, typed.published_key
),

{{ merged_members(
    'merged', 'cells', 'members', ['quarter', 'published_type', 'place_of_network'], ['published_key']
) }},

-- Of a network behind a link, a part may lie in a cloud's prefixes: too small a part is not told of that cloud.
parts_of_clouds as (
    select
        quarter,
        published_type,
        published_key,
        cloud,
        cloud_region,
        count(distinct subscriber) as unique_ips
    from typed
    where cloud is not null
    group by all
),

clouds as (
    select
        quarter,
        published_type,
        published_key,
        min(unique_ips) as unique_ips
    from parts_of_clouds
    group by quarter, published_type, published_key
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
