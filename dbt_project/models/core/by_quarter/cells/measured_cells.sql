{{ config(materialized='table') }}

with cells as (
    select * from {{ ref('cells') }}
),

named_cells as (
    select * from {{ ref('named_cells') }}
),

addresses as (
    select * from {{ ref('cell_addresses') }}
),

rates as (
    select * from {{ ref('cell_rates') }}
),

covered as (
    {{ covered_bins_of_published_regions() | indent(4) }}
),

covered_bins as (
    {{ covered_bins_of_cells() | indent(4) }}
),

measured as (
    select
        cells.*,
        addresses.* exclude (cell),
        rates.* exclude (cell),
        coalesce(covered_bins.covered_bins, 0) as covered_bins,
        {{ ratio('cells.bits', 'addresses.unique_ips') }} as magnitude
    from cells
    left join addresses on cells.cell = addresses.cell
    left join rates on cells.cell = rates.cell
    left join covered_bins
        on
            cells.quarter = covered_bins.quarter
            and cells.month is not distinct from covered_bins.month
            and cells.region is not distinct from covered_bins.region
),

-- Of a month's two IP versions, one alone would be what the other leaves of the type; of a region's types by metro, one
-- would be what the others leave of its metro.
judged as (
    select
        *,
        not is_told
        or (
            mart = 'ip_version_monthly'
            and not bool_and({{ is_enough('unique_ips') }}) over (partition by mart, month, network_type)
        )
        or (
            mart = 'metro_network_type_quarterly'
            and not bool_and({{ is_enough('unique_ips') }}) over (partition by mart, quarter, region)
        ) as is_withheld
    from measured
),

-- A cell that is told under no name of its own is listed, without numbers.
listed as (
    select
        judged.* exclude (cell, mart, quarter, {{ cell_columns() | join(', ') }}),
        coalesce(judged.is_withheld, true) as is_suppressed,
        coalesce(judged.mart, named_cells.mart) as mart,
        coalesce(judged.quarter, named_cells.quarter) as quarter,
        {{ told_or_named('judged', 'named_cells') | indent(8) }}
    from judged
    full join named_cells on judged.cell = named_cells.cell
)

select
    mart,
    quarter,
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    {{ cell_columns() | join(',\n    ') }},
    is_suppressed,
    {{ unless_suppressed('cast(bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed('case when are_shares_told then share_of_bits end') }} as share_of_bits,
    {{ unless_suppressed('unique_ips') }} as unique_ips,
    {{ unless_suppressed('case when are_versions_told then unique_ips_v6_128 end') }} as unique_ips_v6_128,
    {{ unless_suppressed('unique_ips_at_common_sampling') }} as unique_ips_at_common_sampling,
    {{ unless_suppressed('unique_ips_at_least_3_packets') }} as unique_ips_at_least_3_packets,
    {{ unless_suppressed('magnitude') }} as magnitude,
    {{ unless_suppressed('coalesce(bits_per_second_average, 0)') }} as bits_per_second_average,
    {{ unless_suppressed('coalesce(bits_per_second_p95, 0)') }} as bits_per_second_p95,
    {{ unless_suppressed('coalesce(bits_per_second_max, 0)') }} as bits_per_second_max,
    {{ unless_suppressed('bits_per_second_p95 / nullif(bits_per_second_average, 0)') }} as burstiness_p95,
    {{ unless_suppressed('bits_per_second_max / nullif(bits_per_second_average, 0)') }} as burstiness_max,
    {{ unless_suppressed('covered_bins') }} as covered_bins,
    {{ unless_suppressed('cast(sampled_packets_per_bin_median as double)') }} as sampled_packets_per_bin_median,
    {{ unless_suppressed('active_timeout_s_max') }} as active_timeout_s_max,
    {{ unless_suppressed('cast(sampled_packets as decimal(38, 0))') }} as sampled_packets,
    {{ unless_suppressed('case when not is_interval_withheld then sampling_interval_min end') }}
        as sampling_interval_min,
    {{ unless_suppressed('case when not is_interval_withheld then sampling_interval_max end') }}
        as sampling_interval_max,
    {{ unless_suppressed(
        'case when not is_interval_withheld then sampling_interval_min < sampling_interval_max end'
    ) }} as is_sampling_mixed,
    {{ unless_suppressed('relative_standard_error') }} as relative_standard_error,
    {{ unless_suppressed('relative_standard_error_upper') }} as relative_standard_error_upper,
    coalesce({{ unless_suppressed(is_low_precision('relative_standard_error')) }}, false) as is_low_precision
from listed
