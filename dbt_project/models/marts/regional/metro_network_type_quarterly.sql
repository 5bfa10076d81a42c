{%- set measures = [
    'bits', 'share_of_bits', 'unique_ips', 'unique_ips_v6_128', 'unique_ips_at_common_sampling',
    'unique_ips_at_least_3_packets', 'magnitude', 'bits_per_second_average', 'bits_per_second_p95',
    'bits_per_second_max', 'burstiness_p95', 'burstiness_max', 'covered_bins', 'sampled_packets_per_bin_median',
    'active_timeout_s_max', 'sampled_packets', 'sampling_interval_min', 'sampling_interval_max', 'is_sampling_mixed',
    'relative_standard_error', 'relative_standard_error_upper'
] %}
with measured_cells as (
    select * from {{ ref('measured_cells') }}
),

cells as (
    select * from measured_cells
    where mart = 'metro_network_type_quarterly'
),

metros as (
    select
        quarter,
        region,
        bool_or(is_suppressed) as is_withheld
    from measured_cells
    where mart = 'metro_quarterly'
    group by quarter, region
),

regions as (
    select
        quarter,
        region,
        network_type,
        is_suppressed as is_withheld
    from measured_cells
    where mart = 'region_network_type_quarterly'
),

positions as (
    select * from {{ ref('positions_of_metros') }}
),

-- Below a region that is told under another name nothing is named. Where a metro is withheld, its types would tell it.
judged as (
    select cells.* replace (cells.is_suppressed or coalesce(metros.is_withheld, false) as is_suppressed)
    from cells
    inner join regions using (quarter, region, network_type)
    left join metros using (quarter, region)
    where not regions.is_withheld
),

-- Of a region that is withheld here, names would tell which of its cells there are.
named as (
    select
        judged.* replace (
            case when is_suppressed then 'withheld' else network_type end as network_type,
            case when is_suppressed then 'withheld' else metro end as metro,
            case when is_suppressed then 'withheld' else metro_source end as metro_source
        )
    from judged
)

select distinct
    named.quarter_began_on,
    named.quarter,
    named.region,
    named.network_type,
    named.metro,
    named.metro_source,
    named.is_suppressed,
    {{ each_unless_suppressed(measures) }},
    named.is_low_precision and not named.is_suppressed as is_low_precision,
    positions.latitude,
    positions.longitude
from named
left join positions on named.metro = positions.metro and named.metro_source = positions.metro_source
order by quarter, region, network_type, metro, metro_source
