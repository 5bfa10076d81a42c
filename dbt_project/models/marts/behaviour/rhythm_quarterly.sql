with traffic as (
    select * from {{ ref('told_bins') }}
),

address_days as (
    select * from {{ ref('told_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

covered as (
    {{ covered_bins_of_published_regions() | indent(4) }}
),

-- On two clocks whose distance changes, or is not of whole hours, the hours overlap in parts, and the parts follow.
offsets as (
    select
        covered.quarter,
        {{ seconds_between('covered.bin_at', local_time('covered.bin_at', 'settings.timezone')) }} as offset_seconds
    from covered
    cross join settings
),

two_clocks as (
    select quarter
    from offsets
    group by quarter
    having count(distinct offset_seconds) = 1 and max(abs(offset_seconds) % 3600) = 0
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

hours_of_day as (
    select {{ rows_from_to('0', '23') }} as hour_of_day
),

-- An address is looked at once a weekday, not once for each of its days.
by_weekday as (
    select
        quarter,
        region,
        network_type,
        direction,
        isodow(event_on) as day_of_week,
        subscriber,
        bool_and(is_quarter_told) as is_quarter_told,
        {{ hours_of('hours_touched') }} as hours_touched
    from address_days
    group by all
),

by_hour as (
    select
        by_weekday.quarter,
        by_weekday.region,
        by_weekday.network_type,
        by_weekday.direction,
        by_weekday.day_of_week,
        hours_of_day.hour_of_day,
        bool_and(by_weekday.is_quarter_told) as is_quarter_told,
        count(*) as unique_ips
    from by_weekday
    inner join hours_of_day on {{ is_hour_touched('by_weekday.hours_touched', 'hours_of_day.hour_of_day') }}
    group by all
),

-- One hour of too few addresses withholds the week: of what is told of the whole, an hour is what the others leave.
cells as (
    select
        quarter,
        region,
        network_type,
        direction,
        not bool_and(is_quarter_told and {{ is_enough('unique_ips') }}) as is_withheld
    from by_hour
    group by quarter, region, network_type, direction
),

named as (
    select distinct
        quarter,
        region,
        network_type,
        direction
    from {{ ref('named_traffic') }}
    where is_type_named and is_region_named and is_direction_told
),

{{ suppressed_cells('cells', ['quarter', 'region', 'network_type', 'direction'], 'named') }},

rates as (
    select
        suppressed.*,
        hours.clock,
        hours.hour_of_week,
        hours.covered_bins,
        case
            when hours.clock = 'local' or two_clocks.quarter is not null
                then {{ mean_rate('bits_by_hour.bits', 'hours.covered_bins') }}
        end as bits_per_second
    from suppressed
    inner join hours using (quarter, region)
    left join two_clocks using (quarter)
    left join bits_by_hour using (quarter, region, network_type, direction, clock, hour_of_week)
)

-- A covered hour without traffic is a row of zero; one that no exporter covered has no rate.
select
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    region,
    network_type,
    direction,
    hour_of_week,
    is_suppressed,
    {{ unless_suppressed("max(bits_per_second) filter (where clock = 'utc')") }} as bits_per_second_average,
    {{ unless_suppressed("max(bits_per_second) filter (where clock = 'local')") }} as bits_per_second_average_local,
    coalesce(max(covered_bins) filter (where clock = 'utc'), 0) as covered_bins
from rates
group by quarter, region, network_type, direction, hour_of_week, is_suppressed
order by all
