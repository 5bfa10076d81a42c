{{ config(materialized='table') }}

with covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on', quarters_before=2) }}
),

memberships as (
    select * from {{ ref('cells_of_types') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

days as (
    select distinct
        quarter,
        event_on,
        event_on - {{ quarter_began_on('event_on') }} as day_of_quarter
    from covered
),

-- Every covered day beside the same day of the other quarter, if that was covered too.
paired_days as (
    select
        coalesce(now.quarter, {{ quarter_after('before.quarter') }}) as pair,
        now.quarter,
        now.event_on,
        before.quarter as previous_quarter,
        before.event_on as previous_on
    from days as now
    full join days as before
        on {{ quarter_before('now.quarter') }} = before.quarter and now.day_of_quarter = before.day_of_quarter
),

-- Quarters of the same covered days are compared as they are, and those without a common one not at all.
differing_pairs as (
    select pair
    from paired_days
    where {{ is_selected_quarter('pair') }}
    group by pair
    having
        bool_or(event_on is not null and previous_on is not null)
        and (bool_or(event_on is null) or bool_or(previous_on is null))
),

quarters_of_pairs as (
    select pair as quarter from differing_pairs
    union
    select {{ quarter_before('pair') }} as quarter from differing_pairs
),

-- Of a quarter of which nobody knows what is withheld, nothing is compared.
homes as (
    select
        types.quarter,
        types.network_type,
        types.published_type,
        regions.region,
        regions.published_region,
        row_number() over (order by types.quarter, types.network_type, regions.region) as home
    from {{ ref('withheld_types') }} as types
    inner join {{ ref('withheld_regions') }} as regions
        on types.quarter = regions.quarter and types.published_type = regions.published_type
),

members_of_homes as (
    select
        memberships.dimension,
        memberships.member,
        homes.home
    from homes
    inner join memberships on {{ is_member('homes') }}
),

addresses as (
    select
        addresses.quarter,
        addresses.month,
        addresses.event_on,
        homes.home,
        addresses.subscriber,
        addresses.bits
    from {{ ref('typed_peer_address_days') }} as addresses
    inner join homes
        on
            addresses.quarter = homes.quarter
            and addresses.network_type = homes.network_type
            and addresses.region = homes.region
    semi join quarters_of_pairs on addresses.quarter = quarters_of_pairs.quarter
    where {{ in_selected_quarters('addresses.event_on', quarters_before=1) }}
),

all_matched_days as (
    select
        pair,
        unnest([quarter, previous_quarter]) as quarter,
        unnest([event_on, previous_on]) as event_on
    from paired_days
    where event_on is not null and previous_on is not null
),

matched_days as (
    select * from all_matched_days
    semi join differing_pairs using (pair)
),

-- Days of the earlier quarter that it was compared over itself are told of already.
days_told_before as (
    select
        quarter,
        event_on
    from all_matched_days
    where pair = quarter
),

addresses_of_days as (
    select
        matched_days.pair,
        addresses.quarter,
        addresses.home,
        addresses.subscriber,
        sum(addresses.bits) as bits
    from addresses
    inner join matched_days using (quarter, event_on)
    group by all
),

{{ unique_of_members('unique_addresses', 'addresses_of_days', ['pair', 'quarter']) }},

bits_of_members as (
    select
        addresses_of_days.pair,
        addresses_of_days.quarter,
        members_of_homes.dimension,
        members_of_homes.member,
        cast(sum(addresses_of_days.bits) as double) as bits
    from addresses_of_days
    inner join members_of_homes on addresses_of_days.home = members_of_homes.home
    group by all
),

-- What the matched days tell splits a quarter and its months: each part is a cell of its own. Where months are
-- withheld, what the days leave would be most of one of them.
parts as (
    select distinct
        differing_pairs.pair,
        addresses.quarter,
        addresses.home,
        addresses.month,
        matched_days.event_on is not null as is_matched,
        days_told_before.event_on is not null as is_told_before,
        addresses.subscriber
    from differing_pairs
    inner join addresses on addresses.quarter in (differing_pairs.pair, {{ quarter_before('differing_pairs.pair') }})
    left join matched_days
        on differing_pairs.pair = matched_days.pair and addresses.event_on = matched_days.event_on
    left join days_told_before
        on differing_pairs.pair != addresses.quarter and addresses.event_on = days_told_before.event_on
),

parts_of_types as (
    select
        parts.pair,
        parts.quarter,
        homes.published_type,
        parts.month,
        parts.is_matched,
        parts.is_told_before,
        count(distinct parts.subscriber) as unique_ips
    from parts
    inner join homes on parts.home = homes.home
    group by all
),

parts_of_regions as (
    select
        parts.pair,
        parts.quarter,
        homes.published_type,
        homes.published_region,
        parts.is_matched,
        parts.is_told_before,
        count(distinct parts.subscriber) as unique_ips
    from parts
    inner join homes on parts.home = homes.home
    group by all
),

least_of_types as (
    select
        pair,
        quarter,
        published_type,
        min(unique_ips) as least_of_type
    from parts_of_types
    group by pair, quarter, published_type
),

least_of_regions as (
    select
        pair,
        quarter,
        published_type,
        min(unique_ips) as least_of_region
    from parts_of_regions
    group by pair, quarter, published_type
),

types_of_parts as (
    select distinct
        parts.pair,
        parts.quarter,
        homes.network_type,
        homes.published_type
    from parts
    inner join homes on parts.home = homes.home
),

-- Types are told one by one, regions of a type all or none: the one left out would be what is left of the type.
told_types as (
    select distinct
        types_of_parts.pair,
        types_of_parts.network_type,
        min(least_of_types.least_of_type) over of_type >= settings.minimum_unique_ips as is_type_told,
        min(least(least_of_types.least_of_type, least_of_regions.least_of_region)) over of_type
        >= settings.minimum_unique_ips as are_regions_of_type_told,
        min(least(least_of_types.least_of_type, least_of_regions.least_of_region)) over (
            partition by types_of_parts.pair
        ) >= settings.minimum_unique_ips as are_regions_told
    from types_of_parts
    inner join least_of_types using (pair, quarter, published_type)
    inner join least_of_regions using (pair, quarter, published_type)
    cross join settings
    window of_type as (partition by types_of_parts.pair, types_of_parts.network_type)
),

-- A sum of types is told where each of them is, or it would tell of the one that is not.
told_members as (
    select
        told_types.pair,
        memberships.dimension,
        memberships.member,
        bool_and(
            case memberships.dimension
                when 'region' then told_types.are_regions_told
                when 'region_network_type' then told_types.are_regions_of_type_told
                else told_types.is_type_told
            end
        ) as is_told
    from told_types
    inner join memberships
        on
            memberships.quarter in (told_types.pair, {{ quarter_before('told_types.pair') }})
            and told_types.network_type = memberships.network_type
    group by told_types.pair, memberships.dimension, memberships.member
)

select
    pair,
    quarter,
    dimension,
    member,
    not told_members.is_told as is_withheld,
    unnest(['unique_ips', 'magnitude']) as metric,
    unnest([unique_addresses.unique_ips, bits_of_members.bits / unique_addresses.unique_ips]) as value
from unique_addresses
inner join bits_of_members using (pair, quarter, dimension, member)
inner join told_members using (pair, dimension, member)
