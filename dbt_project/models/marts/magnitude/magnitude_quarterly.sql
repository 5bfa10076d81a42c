with addresses as (
    select * from {{ ref('told_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

type_days as (
    select * from {{ ref('type_days') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

cells as (
    select
        quarter,
        network_type,
        not bool_and(is_quarter_told) as is_withheld,
        sum(bits) as bits,
        count(distinct subscriber) as unique_ips
    from addresses
    group by quarter, network_type
),

{{ daily_magnitude(['quarter']) }},

{{ withheld_type_names() }},

{{ suppressed_cells('cells', ['quarter', 'network_type'], 'withheld_type_names') }}

select
    suppressed.quarter,
    {{ quarter_began_on(first_day_of('suppressed.quarter')) }} as quarter_began_on,
    suppressed.network_type,
    suppressed.is_suppressed,
    {{ unless_suppressed('cast(suppressed.bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed('suppressed.unique_ips') }} as unique_ips,
    {{ unless_suppressed(ratio('suppressed.bits', 'suppressed.unique_ips')) }} as magnitude,
    {{ unless_suppressed('daily.unique_ips_daily_average') }} as unique_ips_daily_average,
    {{ unless_suppressed('cast(daily.unique_ips_daily_p95 as double)') }} as unique_ips_daily_p95,
    {{ unless_suppressed('cast(daily.unique_ips_daily_max as double)') }} as unique_ips_daily_max,
    {{ unless_suppressed('daily.magnitude_daily_average') }} as magnitude_daily_average,
    {{ unless_suppressed('cast(daily.magnitude_daily_p95 as double)') }} as magnitude_daily_p95,
    {{ unless_suppressed('daily.magnitude_daily_max') }} as magnitude_daily_max
from suppressed
left join daily on suppressed.quarter = daily.quarter and suppressed.network_type = daily.network_type
order by suppressed.quarter, suppressed.network_type
