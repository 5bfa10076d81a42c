{#- The CTE `unique_addresses` of the CTE `addresses`: for cells of the given columns, how many there are, how many would
    have been seen at the operator's largest sampling interval of the quarter, of how many enough packets were, and
    whether each IP version has enough addresses to be told apart. -#}
{% macro unique_addresses(keys) -%}
{%- set keys_text = keys | join(', ') -%}
largest_intervals as (
    select
        quarter,
        max(sampling_interval) as largest_interval
    from addresses
    group by quarter
),

by_address as (
    select
        {{ keys_text }},
        subscriber,
        any_value(ip_version) as ip_version,
        sum(sampled_packets) as sampled_packets,
        bool_or(sampling_interval >= largest_interval and sampled_packets > 0) as is_certain,
        sum({{ log_of_missing('sampled_packets', 'sampling_interval', 'largest_interval') }}) as log_of_missing
    from addresses
    inner join largest_intervals using (quarter)
    group by {{ keys_text }}, subscriber
),

whole_v6_addresses as (
    select
        {{ keys_text }},
        count(distinct peer_address) as unique_ips_v6_128
    from addresses
    where ip_version = 6
    group by {{ keys_text }}
),

unique_addresses as (
    select
        {{ keys_text }},
        count(*) as unique_ips,
        coalesce(any_value(unique_ips_v6_128), 0) as unique_ips_v6_128,
        {{ is_enough('count(*) filter (where ip_version = 4)') }}
        and {{ is_enough('count(*) filter (where ip_version = 6)') }} as are_versions_told,
        {{ exact_sum('case when is_certain then 1 else 1 - exp(cast(log_of_missing as double)) end') }}
            as unique_ips_at_common_sampling,
        count(*) filter (where sampled_packets >= {{ packets_to_be_sure() }}) as unique_ips_at_least_3_packets
    from by_address
    left join whole_v6_addresses using ({{ keys_text }})
    group by {{ keys_text }}
)
{%- endmacro %}
