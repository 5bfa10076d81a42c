with traffic as (
    select * from {{ ref('quarter_bins') }}
),

addresses as (
    select * from {{ ref('quarter_addresses') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

-- Each covered bin on two clocks.
clocks as (
    select
        quarter,
        region,
        bin_at,
        'utc' as clock,
        {{ hour_of_week('bin_at') }} as hour_of_week
    from covered
    union all
    select
        covered.quarter,
        covered.region,
        covered.bin_at,
        'local' as clock,
        {{ hour_of_week(local_time('covered.bin_at', 'settings.timezone')) }} as hour_of_week
    from covered
    cross join settings
),

hours as (
    select
        quarter,
        region,
        clock,
        hour_of_week,
        count(*) as covered_bins
    from clocks
    group by all
),

bits_by_hour as (
    select
        traffic.quarter,
        traffic.region,
        traffic.network_type,
        traffic.direction,
        clocks.clock,
        clocks.hour_of_week,
        sum(traffic.bits) as bits
    from traffic
    inner join clocks on traffic.bin_at = clocks.bin_at and traffic.region = clocks.region
    group by all
),

unique_addresses as (
    select
        quarter,
        quarter_began_on,
        region,
        network_type,
        direction,
        count(distinct subscriber) as unique_ips,
        sum(bits) as bits
    from addresses
    group by all
),

{{ suppressed_cells(
    'unique_addresses', ['quarter', 'region', 'network_type', 'direction'], [['quarter', 'region', 'network_type']]
) }},

rates as (
    select
        suppressed.*,
        hours.clock,
        hours.hour_of_week,
        hours.covered_bins,
        {{ mean_rate('bits_by_hour.bits', 'hours.covered_bins') }} as bits_per_second
    from suppressed
    inner join hours using (quarter, region)
    left join bits_by_hour using (quarter, region, network_type, direction, clock, hour_of_week)
)

-- A covered hour without traffic is a row of zero; one that no exporter covered has no rate.
select
    quarter,
    quarter_began_on,
    region,
    network_type,
    direction,
    hour_of_week,
    is_suppressed,
    {{ unless_suppressed("max(bits_per_second) filter (where clock = 'utc')") }} as bits_per_second_average,
    {{ unless_suppressed("max(bits_per_second) filter (where clock = 'local')") }} as bits_per_second_average_local,
    coalesce(max(covered_bins) filter (where clock = 'utc'), 0) as covered_bins
from rates
group by quarter, quarter_began_on, region, network_type, direction, hour_of_week, is_suppressed
order by all
