with addresses as (
    select * from {{ ref('told_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

covered_days as (
    select
        quarter,
        count(distinct event_on) as days_present
    from covered
    group by quarter
),

by_day as (
    select
        quarter,
        network_type,
        bool_and(is_quarter_told) as is_quarter_told,
        subscriber,
        event_on,
        sum(bits) as bits,
        {{ hours_in(hours_of('hours_touched')) }} as active_hours
    from addresses
    group by quarter, network_type, subscriber, event_on
),

by_address as (
    select
        quarter,
        network_type,
        bool_and(is_quarter_told) as is_quarter_told,
        subscriber,
        sum(bits) as bits,
        count(*) as active_days,
        sum(active_hours) as active_hours
    from by_day
    group by quarter, network_type, subscriber
),

-- At least half of the days present, rounded up.
judged as (
    select
        by_address.*,
        coalesce(covered_days.days_present, 0) as days_present,
        2 * by_address.active_days >= coalesce(covered_days.days_present, 0) as is_persistent
    from by_address
    left join covered_days on by_address.quarter = covered_days.quarter
),

cells as (
    select
        quarter,
        network_type,
        not bool_and(is_quarter_told) as is_withheld,
        any_value(days_present) as days_present,
        sum(bits) as bits,
        count(*) as unique_ips,
        count(*) filter (where is_persistent) as persistent_ips,
        cast(coalesce(sum(bits) filter (where is_persistent), 0) as double)
        / nullif(cast(sum(bits) as double), 0) as persistent_share_of_bits,
        cast(sum(active_days) as double) / count(*) as active_days_mean,
        cast(sum(active_hours) as double) / count(*) as active_hours_mean
    from judged
    group by quarter, network_type
),

{{ withheld_type_names() }},

{{ suppressed_cells('cells', ['quarter', 'network_type'], 'withheld_type_names') }},

-- The addresses that persist are a cell of their own, and so are those that do not.
split as (
    select
        *,
        {{ is_enough('persistent_ips') }} and {{ is_enough('(unique_ips - persistent_ips)') }} as is_split_told
    from suppressed
)

select
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    network_type,
    is_suppressed,
    days_present,
    {{ unless_suppressed('unique_ips') }} as unique_ips,
    {{ unless_suppressed('case when is_split_told then persistent_ips end') }} as persistent_ips,
    {{ unless_suppressed('case when is_split_told then persistent_share_of_bits end') }} as persistent_share_of_bits,
    {{ each_unless_suppressed(['active_days_mean', 'active_hours_mean']) }}
from split
order by quarter, network_type
