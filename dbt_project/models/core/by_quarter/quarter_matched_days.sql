{{ config(materialized='table') }}

with covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

addresses as (
    select * from {{ ref('typed_peer_address_days') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

memberships as (
    select * from {{ ref('cells_of_types') }}
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

-- Quarters of the same covered days are compared as they are.
differing_pairs as (
    select pair
    from paired_days
    where {{ is_selected_quarter('pair') }}
    group by pair
    having bool_or(event_on is null) or bool_or(previous_on is null)
),

matched_days as (
    select
        pair,
        unnest([quarter, previous_quarter]) as quarter,
        unnest([event_on, previous_on]) as event_on
    from paired_days
    semi join differing_pairs using (pair)
    where event_on is not null and previous_on is not null
),

addresses_of_days as (
    select
        matched_days.pair,
        addresses.quarter,
        addresses.region,
        addresses.network_type,
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
        memberships.dimension,
        memberships.member,
        cast(sum(addresses_of_days.bits) as double) as bits
    from addresses_of_days
    inner join memberships on {{ is_member('addresses_of_days') }}
    group by all
)

select
    pair,
    quarter,
    dimension,
    member,
    unnest(['unique_ips', 'magnitude']) as metric,
    unnest([unique_addresses.unique_ips, bits_of_members.bits / unique_addresses.unique_ips]) as value
from unique_addresses
inner join bits_of_members using (pair, quarter, dimension, member)
