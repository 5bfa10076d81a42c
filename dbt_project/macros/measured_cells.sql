{#- The measures that every traffic mart carries, for cells of the given columns of core: bits and their share of the
    whole (all cells that agree in `shares_of`), unique addresses, magnitude, average, p95 and maximum rate over the bins
    covered (by the exporters of the cells' `covered_by`), and the error from sampling. -#}
{% macro measured_cells(keys, shares_of, covered_by) -%}
with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

addresses as (
    select * from {{ ref('typed_peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

cells as (
    select
        {{ keys | join(', ') }},
        {% if 'quarter' not in keys %}any_value(quarter) as quarter,{% endif %}
        any_value(quarter_began_on) as quarter_began_on,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        sum(bits_variance) as bits_variance,
        sum(bits_variance_upper) as bits_variance_upper
    from traffic
    group by {{ keys | join(', ') }}
),

wholes as (
    select
        {{ shares_of | join(', ') }},
        sum(bits) as bits
    from cells
    group by {{ shares_of | join(', ') }}
),

unique_addresses as (
    select
        {{ keys | join(', ') }},
        count(distinct subscriber) as unique_ips,
        count(distinct peer_address) filter (where ip_version = 6) as unique_ips_v6_128
    from addresses
    group by {{ keys | join(', ') }}
),

covered_counts as (
    select
        {{ covered_by | join(', ') }},
        count(distinct bin_at) as covered_bins
    from covered
    group by {{ covered_by | join(', ') }}
),

-- A bin in which every exporter was silent is missing, not zero, and does not count.
bins as (
    select
        {{ keys | join(', ') }},
        bin_at,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets
    from traffic
    semi join covered using (bin_at, {{ covered_by | join(', ') }})
    group by {{ keys | join(', ') }}, bin_at
),

rates as (
    select
        {{ keys | join(', ') }},
        {{ bits_per_second('sum(bits)') }} / any_value(covered_bins) as bits_per_second_average,
        {{ bits_per_second(nearest_rank('bits', 95, 'any_value(covered_bins)')) }} as bits_per_second_p95,
        {{ bits_per_second('max(bits)') }} as bits_per_second_max,
        median(sampled_packets) as sampled_packets_per_bin_median
    from bins
    inner join covered_counts using ({{ covered_by | join(', ') }})
    group by {{ keys | join(', ') }}
)

select
    {% if 'quarter' not in keys %}cells.quarter,{% endif %}
    cells.quarter_began_on,
    {% for key in keys %}cells.{{ key }},
    {% endfor -%}
    cast(cells.bits as decimal(38, 0)) as bits,
    cast(cells.bits as double) / nullif(cast(wholes.bits as double), 0) as share_of_bits,
    unique_addresses.unique_ips,
    unique_addresses.unique_ips_v6_128,
    cast(cells.bits as double) / nullif(unique_addresses.unique_ips, 0) as magnitude,
    coalesce(rates.bits_per_second_average, 0) as bits_per_second_average,
    coalesce(rates.bits_per_second_p95, 0) as bits_per_second_p95,
    coalesce(rates.bits_per_second_max, 0) as bits_per_second_max,
    coalesce(covered_counts.covered_bins, 0) as covered_bins,
    cast(rates.sampled_packets_per_bin_median as double) as sampled_packets_per_bin_median,
    cast(cells.sampled_packets as decimal(38, 0)) as sampled_packets,
    {{ relative_standard_error('cells.bits_variance', 'cells.bits') }} as relative_standard_error,
    {{ relative_standard_error('cells.bits_variance_upper', 'cells.bits') }} as relative_standard_error_upper,
    coalesce({{ is_low_precision(relative_standard_error('cells.bits_variance', 'cells.bits')) }}, false)
        as is_low_precision
from cells
inner join wholes using ({{ shares_of | join(', ') }})
left join unique_addresses using ({{ keys | join(', ') }})
left join rates using ({{ keys | join(', ') }})
left join covered_counts using ({{ covered_by | join(', ') }})
order by {% for key in keys %}cells.{{ key }}{% if not loop.last %}, {% endif %}{% endfor %}
{%- endmacro %}
