{{ config(materialized='table') }}

with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

addresses as (
    select * from {{ ref('typed_peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

address_days as (
    select * from {{ ref('quarter_address_days') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

types_before as (
    select * from {{ ref('quarter_types_before') }}
),

memberships as (
    select * from {{ ref('cells_of_types') }}
),

members_of_homes as (
    select * from {{ ref('members_of_homes') }}
),

-- A cell that holds both types of a network neither gains nor loses it.
moves as (
    select
        types_before.quarter,
        memberships.dimension,
        memberships.member,
        memberships.region,
        types_before.network_key,
        types_before."override"
    from types_before
    inner join memberships
        on
            types_before.quarter = memberships.quarter
            and memberships.network_type in (types_before.network_type, types_before.network_type_before)
    where types_before.network_type != types_before.network_type_before
    group by all
    having count(*) = 1
),

wholes as (
    select
        quarter,
        cast(sum(bits) as double) as bits
    from traffic
    group by quarter
),

covered_days as (
    select
        quarter,
        count(distinct event_on) as days
    from covered
    group by quarter
),

moved_bits as (
    select
        moves.quarter,
        moves.dimension,
        moves.member,
        cast(sum(traffic.bits) as double) as bits
    from moves
    inner join traffic on {{ is_of_move('traffic') }}
    group by all
),

moved_addresses as (
    select
        moves.quarter,
        moves.dimension,
        moves.member,
        addresses.event_on in (select event_on from covered) as is_covered,
        addresses.event_on,
        addresses.subscriber,
        sum(addresses.bits) as bits
    from moves
    inner join addresses on {{ is_of_move('addresses') }}
    group by all
),

moved as (
    select
        moved_addresses.quarter,
        moved_addresses.dimension,
        moved_addresses.member,
        any_value(moved_bits.bits) as bits,
        count(distinct moved_addresses.subscriber) as unique_ips,
        cast(
            coalesce(sum(moved_addresses.bits) filter (where moved_addresses.is_covered), 0) as double
        ) as bits_of_days,
        count(*) filter (where moved_addresses.is_covered) as unique_ips_of_days
    from moved_addresses
    inner join moved_bits using (quarter, dimension, member)
    group by all
),

-- Few, and known before addresses are looked at.
moved_homes as materialized (
    select
        members_of_homes.quarter,
        members_of_homes.dimension,
        members_of_homes.member,
        members_of_homes.home
    from members_of_homes
    inner join moved using (quarter, dimension, member)
),

cells as (
    select
        moved_homes.quarter,
        moved_homes.dimension,
        moved_homes.member,
        cast(sum(address_days.bits) as double) as bits,
        count(distinct address_days.subscriber) as unique_ips
    from address_days
    inner join moved_homes on address_days.home = moved_homes.home
    group by all
)

select
    moved.quarter,
    moved.dimension,
    moved.member,
    unnest([
        'bits', 'share_of_bits', 'unique_ips', 'magnitude', 'bits_daily_average', 'unique_ips_daily_average',
        'magnitude_daily_average'
    ]) as metric,
    unnest([
        moved.bits,
        moved.bits / nullif(wholes.bits, 0),
        moved.unique_ips,
        null,
        moved.bits_of_days / covered_days.days,
        moved.unique_ips_of_days / covered_days.days,
        null
    ]) as moved_value,
    -- Of a magnitude, as large a part as of its bits or of its addresses.
    greatest({{ ratio('moved.bits', 'cells.bits') }}, {{ ratio('moved.unique_ips', 'cells.unique_ips') }}) as moved_part
from moved
inner join wholes on moved.quarter = wholes.quarter
left join covered_days on moved.quarter = covered_days.quarter
left join cells
    on moved.quarter = cells.quarter and moved.dimension = cells.dimension and moved.member = cells.member
