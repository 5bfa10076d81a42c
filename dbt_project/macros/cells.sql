{#- The cells that traffic marts are made of: which columns name those of each mart (docs/method.md, "The marts"). -#}

{#- The columns that name cells, of all marts together; a cell has nulls in those that its mart does not have. -#}
{% macro cell_columns() -%}
    {{ return([
        'month', 'network_type', 'network_key', 'direction', 'region', 'connectivity', 'metro', 'metro_source', 'country',
        'provider', 'region_of_cloud', 'ip_version'
    ]) }}
{%- endmacro %}

{#- By mart the columns that name its cells, beside the quarter. Shares are of all cells of the quarter, or of the month
    or direction where cells have one; rates over the bins that their region's exporters cover, or else any exporter. -#}
{% macro cells_of_marts() -%}
    {{ return({
        'network_type_quarterly': ['network_type'],
        'network_type_monthly': ['month', 'network_type'],
        'ip_version_monthly': ['month', 'network_type', 'ip_version'],
        'region_network_type_quarterly': ['region', 'network_type'],
        'traffic_flow_quarterly': ['direction', 'region', 'network_type'],
        'connectivity_quarterly': ['region', 'network_type', 'direction', 'connectivity'],
        'metro_quarterly': ['region', 'metro', 'metro_source'],
        'metro_network_type_quarterly': ['region', 'network_type', 'metro', 'metro_source'],
        'network_quarterly': ['network_type', 'network_key'],
        'country_quarterly': ['country'],
        'cross_cloud_quarterly': ['provider', 'region_of_cloud']
    }) }}
{%- endmacro %}

{#- The marts whose cells have all, or none, of some columns. -#}
{% macro marts_with(some, is_with=true) -%}
    {%- set found = [] -%}
    {%- for mart, columns in cells_of_marts().items() -%}
        {%- if (columns | select('in', some) | list | length > 0) == is_with -%}{%- do found.append(mart) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The columns that tell whose networks' traffic it is: rows of bins that have them are many. -#}
{% macro columns_of_networks() %}{{ return(['network_key', 'country', 'provider']) }}{% endmacro %}

{#- The names of a cell, of rows that have columns for some marts' cells: null in those that none of them has. -#}
{% macro names_of_cells(marts) -%}
    {{ mart_of_cell(marts) }} as mart,
    quarter
    {%- for column in cell_columns() %},
    {% if is_of_some(column, marts) -%}
        {{ column }}
    {%- else -%}
        cast(null as {{ 'date' if column == 'month' else 'tinyint' if column == 'ip_version' else 'varchar' }}) as {{ column }}
    {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro is_of_some(column, marts) -%}
    {%- set found = [] -%}
    {%- for mart in marts if column in cells_of_marts()[mart] -%}{%- do found.append(mart) -%}{%- endfor -%}
    {{ return(found | length > 0) }}
{%- endmacro %}

{#- Which mart a cell is of, told by the columns that it was grouped by. -#}
{% macro mart_of_cell(marts) -%}
{%- set used = [] -%}
{%- for column in cell_columns() if is_of_some(column, marts) -%}{%- do used.append(column) -%}{%- endfor -%}
case grouping({{ used | join(', ') }})
    {%- for mart in marts %}
        {%- set bits = namespace(left_out=0) -%}
        {%- for column in used -%}
            {%- set bits.left_out = 2 * bits.left_out + (0 if column in cells_of_marts()[mart] else 1) -%}
        {%- endfor %}
        when {{ bits.left_out }} then '{{ mart }}'
    {%- endfor %}
    end
{%- endmacro %}

{#- The grouping by the cells of some marts, and by more columns. -#}
{% macro by_cell(marts, more=[]) -%}
group by grouping sets (
    {%- for mart in marts %}
        ({{ (['quarter'] + cells_of_marts()[mart] + more) | join(', ') }}){% if not loop.last %},{% endif %}
    {%- endfor %}
    )
{%- endmacro %}

{#- The columns that name a mart's cells wherever and whenever traffic was: its month and IP version are told with each row. -#}
{% macro names_of_places(mart) -%}
    {{ return(cells_of_marts()[mart] | reject('in', ['month', 'ip_version']) | list) }}
{%- endmacro %}

{#- Of rows of names, the number of the cell that each is of, in a column for each mart: facts are summed up by these. -#}
{% macro numbers_of_cells(marts) -%}
    {%- for mart in marts -%}
    cast(dense_rank() over (order by {{ (["quarter"] + names_of_places(mart)) | join(", ") }}) as uinteger) as {{ mart }}
    {%- if not loop.last %},
    {% endif %}
    {%- endfor -%}
{%- endmacro %}

{#- Such numbers, or other columns, of some rows. -#}
{% macro columns_of(rows, columns) -%}
    {%- for column in columns -%}
    {{ rows }}.{{ column }}{% if not loop.last %},
    {% endif %}
    {%- endfor -%}
{%- endmacro %}

{#- By mart the mart whose cells its own are made of, of some: the one with fewest columns more, the first of these. -#}
{% macro finer_marts(marts) -%}
    {%- set finer = {} -%}
    {%- for mart in marts -%}
        {%- set found = namespace(mart=none) -%}
        {%- for other in marts if other != mart and cells_of_marts()[mart] | reject('in', cells_of_marts()[other]) | list | length == 0 -%}
            {%- if found.mart is none or cells_of_marts()[other] | length < cells_of_marts()[found.mart] | length -%}
                {%- set found.mart = other -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do finer.update({mart: found.mart}) -%}
    {%- endfor -%}
    {{ return(finer) }}
{%- endmacro %}

{#- A mart and all whose cells are made of its cells, at once or in steps. -#}
{% macro coarser_marts(mart, finer) -%}
    {%- set found = [mart] -%}
    {%- for other, made_of in finer.items() if made_of == mart -%}
        {%- do found.extend(coarser_marts(other, finer)) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- Some marts, those with the most columns first: what is made of their cells comes after them. -#}
{% macro finest_first(marts) -%}
    {%- set ordered = [] -%}
    {%- for columns in range(cell_columns() | length, 0, -1) -%}
        {%- do ordered.extend(marts | select('in', marts_of_columns(columns)) | list) -%}
    {%- endfor -%}
    {{ return(ordered) }}
{%- endmacro %}

{#- The marts whose cells have that many columns. -#}
{% macro marts_of_columns(count) -%}
    {%- set found = [] -%}
    {%- for mart, columns in cells_of_marts().items() if columns | length == count -%}{%- do found.append(mart) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The CTEs that end in `name`: rows of facts with such numbers, summed up by cell and by one more column. Facts are many:
    where a mart's cells are made of those of another, so are its sums. -#}
{% macro summed_by_cell(name, facts, marts, by, amounts) -%}
{%- set finer = finer_marts(marts) -%}
{%- for mart in finest_first(marts) %}
{{ name }}_{{ mart }} as (
    select
        {{ (coarser_marts(mart, finer) + moments_of(mart) + [by]) | join(', ') }}
        {%- for amount, column in amounts.items() %},
        {{ amount }} as {{ column }}
        {%- endfor %}
    from {{ name ~ '_' ~ finer[mart] if finer[mart] else facts }}
    group by {{ (coarser_marts(mart, finer) + moments_of(mart) + [by]) | join(', ') }}
),
{% endfor %}
{{ name }} as (
    {%- for mart in marts %}
    select
        '{{ mart }}' as mart,
        {{ mart }} as number,
        {{ 'month' if 'month' in moments_of(mart) else 'cast(null as date)' }} as month,
        {{ 'ip_version' if 'ip_version' in moments_of(mart) else 'cast(null as utinyint)' }} as ip_version
        {%- for column in amounts.values() %},
        {{ column }}
        {%- endfor %}
    from {{ name }}_{{ mart }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)
{%- endmacro %}

{#- The CTE `name`: rows of facts with the numbers of some marts' cells, summed up by all of these numbers at once and by one
    more column. Of networks, places and their like this leaves a fraction of the rows. -#}
{% macro summed_together(name, facts, marts, by, amounts) -%}
{{ name }} as (
    select
        {{ (marts + [by]) | join(', ') }}
        {%- for amount, column in amounts.items() %},
        {{ amount }} as {{ column }}
        {%- endfor %}
    from {{ facts }}
    group by {{ (marts + [by]) | join(', ') }}
)
{%- endmacro %}

{#- The columns of a mart's cells that each row of facts tells beside its number. -#}
{% macro moments_of(mart) %}{{ return(cells_of_marts()[mart] | select('in', ['month', 'ip_version']) | list) }}{% endmacro %}

{#- The names of numbered cells. -#}
{% macro named_by_number(names, marts) -%}
{% for mart in marts -%}
select distinct
    '{{ mart }}' as mart,
    {{ mart }} as number,
    quarter
    {%- for column in cell_columns() if column not in ['month', 'ip_version'] %},
    {{ column if column in cells_of_marts()[mart] else 'cast(null as varchar)' }} as {{ column }}
    {%- endfor %}
from {{ names }}
{% if not loop.last %}union all
{% endif -%}
{%- endfor -%}
{%- endmacro %}

{#- How many bins of the CTE `covered` a cell's rates are over, by its month or region where it has one. -#}
{% macro covered_bins_of_cells() -%}
    select
        quarter,
        month,
        region,
        count(distinct bin_at) as covered_bins
    from covered
    group by grouping sets ((quarter), (quarter, month), (quarter, region))
{%- endmacro %}

{#- The names of a cell that one of two CTEs, or both, have. -#}
{% macro told_or_named(told, named) -%}
    {%- for column in cell_columns() -%}
        coalesce({{ told }}.{{ column }}, {{ named }}.{{ column }}) as {{ column }}{% if not loop.last %},
{% endif %}
    {%- endfor -%}
{%- endmacro %}

{#- A cell's key, of its names. -#}
{% macro key_of_cell() -%} {{ key_of(['mart', 'quarter'] + cell_columns()) }} {%- endmacro %}

{#- Parts of a told cell, such as metros of a region, that are told together (withheld_metros and the others): the CTEs of
    the names, and rows of told_traffic or the like with them; those without networks have no countries. -#}
{% macro labels_of_parts() -%}
withheld_metros as (
    select * from {{ ref('withheld_metros') }}
),

withheld_connectivities as (
    select * from {{ ref('withheld_connectivities') }}
),

withheld_countries as (
    select * from {{ ref('withheld_countries') }}
)
{%- endmacro %}

{% macro with_parts_told(rows, with_networks=true) -%}
select
    {{ rows }}.* replace (
        case when coalesce(withheld_metros.is_withheld, true) then 'withheld' else {{ rows }}.metro end as metro,
        case
            when coalesce(withheld_metros.is_withheld, true) then 'withheld' else {{ rows }}.metro_source
        end as metro_source,
        case
            when coalesce(withheld_connectivities.is_withheld, true) then 'withheld' else {{ rows }}.connectivity
        end as connectivity
        {%- if with_networks %},
        case when coalesce(withheld_countries.is_withheld, true) then 'withheld' else {{ rows }}.country end as country
        {%- endif %}
    )
from {{ rows }}
left join withheld_metros
    on
        {{ rows }}.quarter = withheld_metros.quarter
        and {{ rows }}.region = withheld_metros.region
        and {{ rows }}.metro = withheld_metros.metro
        and {{ rows }}.metro_source = withheld_metros.metro_source
left join withheld_connectivities
    on
        {{ rows }}.quarter = withheld_connectivities.quarter
        and {{ rows }}.region = withheld_connectivities.region
        and {{ rows }}.network_type = withheld_connectivities.network_type
        and {{ rows }}.direction = withheld_connectivities.direction
        and {{ rows }}.connectivity = withheld_connectivities.connectivity
{%- if with_networks %}
left join withheld_countries
    on {{ rows }}.quarter = withheld_countries.quarter and {{ rows }}.country = withheld_countries.country
{%- endif %}
{%- endmacro %}

{#- What measured_cells holds of a cell beside its names, in the order of the marts. -#}
{% macro measured_columns(cells) -%}
    {%- for name in [
        'is_suppressed', 'bits', 'share_of_bits', 'unique_ips', 'unique_ips_v6_128', 'unique_ips_at_common_sampling',
        'unique_ips_at_least_3_packets', 'magnitude', 'bits_per_second_average', 'bits_per_second_p95',
        'bits_per_second_max', 'burstiness_p95', 'burstiness_max', 'covered_bins', 'sampled_packets_per_bin_median',
        'active_timeout_s_max', 'sampled_packets', 'sampling_interval_min', 'sampling_interval_max', 'is_sampling_mixed',
        'relative_standard_error', 'relative_standard_error_upper', 'is_low_precision'
    ] %}{{ cells }}.{{ name }}{% if not loop.last %},
    {% endif %}{% endfor -%}
{%- endmacro %}
