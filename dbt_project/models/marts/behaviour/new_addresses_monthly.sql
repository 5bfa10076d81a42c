with addresses as (
    select * from {{ ref('typed_peer_address_days') }}
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

first_days as (
    select
        subscriber,
        min(event_on) as first_seen_on
    from history
    group by subscriber
),

kept_since as (
    select min(first_seen_on) as history_began_on from first_days
),

by_address as (
    select
        month,
        any_value(quarter) as quarter,
        any_value(quarter_began_on) as quarter_began_on,
        network_type,
        subscriber,
        sum(bits) as bits
    from addresses
    group by month, network_type, subscriber
),

cells as (
    select
        by_address.month,
        any_value(by_address.quarter) as quarter,
        any_value(by_address.quarter_began_on) as quarter_began_on,
        by_address.network_type,
        any_value(kept_since.history_began_on) as history_began_on,
        sum(by_address.bits) as bits,
        count(*) as unique_ips,
        count(*) filter (where first_days.first_seen_on >= by_address.month) as new_ips,
        coalesce(sum(by_address.bits) filter (where first_days.first_seen_on >= by_address.month), 0) as new_bits
    from by_address
    inner join first_days on by_address.subscriber = first_days.subscriber
    cross join kept_since
    group by by_address.month, by_address.network_type
),

{{ suppressed_cells('cells', ['month', 'network_type'], [['month']]) }}

-- In the first month that was kept, nobody can have been seen before.
select
    quarter,
    quarter_began_on,
    month,
    network_type,
    is_suppressed,
    history_began_on,
    {{ unless_suppressed('unique_ips') }} as unique_ips,
    case when not is_suppressed and history_began_on < month then new_ips end as new_ips,
    case when not is_suppressed and history_began_on < month then unique_ips - new_ips end as returning_ips,
    case
        when not is_suppressed and history_began_on < month
            then cast(new_bits as double) / nullif(cast(bits as double), 0)
    end as new_share_of_bits
from suppressed
order by month, network_type
