{#- The bits that a comparison of a quarter with the one before is made of (docs/method.md, "Error and verdicts"). -#}

{#- CTEs that end in `variants`: one row per quarter that has one before it, variant, network and region (and week), with
    all `bits`, and those of bins covered by the region's and by any exporter. Variants are: `previous` (last quarter's bits
    under its own map and definitions), `restated` (the same under this quarter's), `map_before` (this quarter's bits under
    last quarter's map and definitions), `map_now` (under this quarter's map and last quarter's definitions), `current`. -#}
{% macro quarter_pairs(with_weeks=false) -%}
{%- set in_time = in_selected_quarters('event_on', quarters_before=1) -%}
traffic as (
    select * from {{ ref('placed_traffic_bins') }}
    where {{ in_time }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_time }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
),

types_before as (
    select * from {{ ref('network_types_before') }}
),

covered_by_any as (
    select distinct bin_at from covered
),

by_network as (
    select
        {{ quarter_of('traffic.event_on') }} as data_quarter,
        {% if with_weeks %}{{ week_of('traffic.event_on') }} as week,{% endif %}
        traffic.region,
        traffic.network_key,
        traffic."override",
        sum(traffic.bits) as bits,
        coalesce(sum(traffic.bits) filter (where covered.bin_at is not null), 0) as region_covered_bits,
        coalesce(sum(traffic.bits) filter (where covered_by_any.bin_at is not null), 0) as any_covered_bits
    from traffic
    left join covered on traffic.bin_at = covered.bin_at and traffic.region = covered.region
    left join covered_by_any on traffic.bin_at = covered_by_any.bin_at
    group by all
),

pairs as (
    select distinct
        now.data_quarter as quarter,
        before.data_quarter as previous_quarter
    from by_network as now
    inner join by_network as before on before.data_quarter = {{ quarter_before('now.data_quarter') }}
    where {{ is_selected_quarter('now.data_quarter') }}
),

-- Each network's bits beside its type in the map of their own quarter, of the later quarter, and of the one before it.
in_pairs as (
    select
        pairs.quarter,
        pairs.previous_quarter,
        by_network.*,
        own_map.network_type as own_type,
        map_now.network_type as type_now,
        coalesce(types_before.network_type_before, map_now.network_type) as type_before
    from pairs
    inner join by_network on by_network.data_quarter in (pairs.quarter, pairs.previous_quarter)
    inner join types as own_map
        on by_network.data_quarter = own_map.quarter and {{ same_network('by_network', 'own_map') }}
    inner join types as map_now
        on pairs.quarter = map_now.quarter and {{ same_network('by_network', 'map_now') }}
    left join types_before
        on pairs.quarter = types_before.quarter and {{ same_network('by_network', 'types_before') }}
),

variants as (
    {% for variant, bits_of, network_type, definitions in [
        ('previous', 'previous_quarter', 'own_type', 'previous_quarter'),
        ('restated', 'previous_quarter', 'type_now', 'quarter'),
        ('map_before', 'quarter', 'type_before', 'previous_quarter'),
        ('map_now', 'quarter', 'type_now', 'previous_quarter'),
        ('current', 'quarter', 'type_now', 'quarter')
    ] -%}
    select
        quarter,
        previous_quarter,
        '{{ variant }}' as variant,
        {{ definitions }} as definitions_of,
        {{ network_type }} as network_type,
        {% if with_weeks %}week,{% endif %}
        region,
        network_key,
        bits,
        region_covered_bits,
        any_covered_bits
    from in_pairs
    where data_quarter = {{ bits_of }}
    {% if not loop.last %}union all{% endif %}
    {% endfor -%}
)
{%- endmacro %}

{% macro same_network(left, right) -%}
    {{ left }}.network_key = {{ right }}.network_key and {{ left }}."override" is not distinct from {{ right }}."override"
{%- endmacro %}

{#- Whether rows with quarter, region and network are of a row of `moves`. -#}
{% macro is_of_move(cells) -%}
    moves.quarter = {{ cells }}.quarter
            and {{ same_network('moves', cells) }}
            and (moves.region is null or moves.region = {{ cells }}.region)
{%- endmacro %}

{#- Covered bins of each quarter of `covered`, by region and (region null) of any exporter. -#}
{% macro covered_bins_of_quarters() -%}
    select
        quarter,
        region,
        count(*) as covered_bins
    from covered
    group by quarter, region
    union all
    select
        quarter,
        null as region,
        count(distinct bin_at) as covered_bins
    from covered
    group by quarter
{%- endmacro %}

{#- A number whose sums and differences are exact, bits and shares alike: to 12 decimal places. -#}
{% macro exact(number) %}cast({{ number }} as decimal(38, 12)){% endmacro %}

{#- A cell's part of the whole's rate, both over their covered bins; zero where there were none. -#}
{% macro share_of_rates(covered_bits, bins, whole_rate) -%}
    {{ exact('coalesce(cast(' ~ covered_bits ~ ' as double) / nullif(' ~ bins ~ ', 0) / nullif(' ~ whole_rate ~ ', 0), 0)') }}
{%- endmacro %}

{#- The five variants' bits of a cell as columns. -#}
{% macro bits_of_variants(column, suffix) -%}
    {%- for variant in ['previous', 'restated', 'map_before', 'map_now', 'current'] %}
    coalesce(sum({{ column }}) filter (where variant = '{{ variant }}'), 0) as {{ variant }}_{{ suffix }}
    {%- if not loop.last %},{% endif %}
    {%- endfor -%}
{%- endmacro %}
