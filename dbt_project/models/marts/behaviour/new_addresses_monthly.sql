with addresses as (
    select * from {{ ref('told_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

-- A hash says of no address whether it was seen: the history that counts began when addresses became hashes.
history as (
    select
        subscriber,
        event_on
    from {{ ref('peer_address_days') }}
    where {{ is_plain_address('subscriber') }}
),

kept_since as (
    select min(event_on) as history_began_on from history
),

numbers as (
    select distinct
        quarter,
        subscriber,
        subscriber_number
    from {{ ref('quarter_peer_addresses') }}
),

first_days as (
    select
        numbers.quarter,
        numbers.subscriber_number,
        min(history.event_on) as first_seen_on
    from history
    inner join numbers on history.subscriber = numbers.subscriber
    group by numbers.quarter, numbers.subscriber_number
),

by_address as (
    select
        quarter,
        month,
        network_type,
        bool_and(is_quarter_told and are_months_told) as is_told,
        subscriber,
        sum(bits) as bits
    from addresses
    group by quarter, month, network_type, subscriber
),

cells as (
    select
        by_address.quarter,
        by_address.month,
        by_address.network_type,
        not bool_and(by_address.is_told) as is_withheld,
        any_value(kept_since.history_began_on) as history_began_on,
        sum(by_address.bits) as bits,
        count(*) as unique_ips,
        count(*) filter (where first_days.first_seen_on >= by_address.month) as new_ips,
        coalesce(sum(by_address.bits) filter (where first_days.first_seen_on >= by_address.month), 0) as new_bits
    from by_address
    inner join first_days
        on by_address.quarter = first_days.quarter and by_address.subscriber = first_days.subscriber_number
    cross join kept_since
    group by by_address.quarter, by_address.month, by_address.network_type
),

named as (
    select distinct
        quarter,
        month,
        network_type
    from {{ ref('named_traffic') }}
    where is_type_named
),

{{ suppressed_cells('cells', ['quarter', 'month', 'network_type'], 'named') }},

-- The new addresses are a cell of their own, and so are those that return.
split as (
    select
        *,
        not is_suppressed
        and history_began_on < month
        and {{ is_enough('new_ips') }}
        and {{ is_enough('(unique_ips - new_ips)') }} as is_split_told
    from suppressed
)

-- In the first month that was kept, nobody can have been seen before.
select
    split.quarter,
    {{ quarter_began_on(first_day_of('split.quarter')) }} as quarter_began_on,
    split.month,
    split.network_type,
    split.is_suppressed,
    kept_since.history_began_on,
    {{ unless_suppressed('split.unique_ips') }} as unique_ips,
    case when split.is_split_told then split.new_ips end as new_ips,
    case when split.is_split_told then split.unique_ips - split.new_ips end as returning_ips,
    case when split.is_split_told then {{ ratio('split.new_bits', 'split.bits') }} end as new_share_of_bits
from split
cross join kept_since
order by split.month, split.network_type
