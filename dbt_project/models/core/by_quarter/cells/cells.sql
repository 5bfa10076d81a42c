{{ config(materialized='view') }}

{%- set marts = cells_of_marts() | list %}

with told_traffic as (
    select * from {{ ref('told_traffic') }}
),

{{ labels_of_parts() }},

traffic as (
    {{ with_parts_told('told_traffic') | indent(4) }}
),

amounts as (
    select
        {{ names_of_cells(marts) | indent(8) }},
        bool_and(is_quarter_told) as is_quarter_told,
        bool_and(is_direction_told) as is_direction_told,
        bool_and(are_months_told) as are_months_told,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        max(active_timeout_s_max) as active_timeout_s_max,
        bool_or(is_interval_withheld) as is_interval_withheld,
        min(sampling_interval) as sampling_interval_min,
        max(sampling_interval) as sampling_interval_max,
        {{ relative_standard_error('sum(bits_variance)', 'sum(bits)') }} as relative_standard_error,
        {{ relative_standard_error('sum(bits_variance_upper)', 'sum(bits)') }} as relative_standard_error_upper
    from traffic
    {{ by_cell(marts) | indent(4) }}
),

judged as (
    select
        *,
        is_quarter_told and (month is null or are_months_told) as is_told,
        case
            when month is not null then are_months_told
            when direction is not null then is_direction_told
            else is_quarter_told
        end as is_share_told
    from amounts
)

-- Where some are told together, shares of the others would tell of what.
select
    *,
    {{ key_of_cell() }} as cell,
    {{ ratio('bits', 'sum(bits) over (partition by mart, quarter, month, direction)') }} as share_of_bits,
    bool_and(is_share_told) over (partition by mart, quarter) as are_shares_told
from judged
