{{ config(materialized='view') }}

with pair_traffic as (
    select * from {{ ref('pair_traffic') }}
),

variants as (
    {% for variant, bits_of, network_type, definitions in [
        ('previous', 'previous_quarter', 'own_type', 'previous_quarter'),
        ('restated', 'previous_quarter', 'type_now', 'quarter'),
        ('map_before', 'quarter', 'type_before', 'previous_quarter'),
        ('map_now', 'quarter', 'type_now', 'previous_quarter'),
        ('current', 'quarter', 'type_now', 'quarter')
    ] %}
        select
            quarter,
            previous_quarter,
            '{{ variant }}' as variant,
            {{ definitions }} as definitions_of,
            {{ network_type }} as network_type,
            week,
            region,
            network_key,
            bits,
            region_covered_bits,
            any_covered_bits
        from pair_traffic
        where data_quarter = {{ bits_of }}
        {% if not loop.last %}union all{% endif %}
    {% endfor -%}
)

select * from variants
