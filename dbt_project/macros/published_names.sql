{#- The names under which marts publish what core holds: the same in all of them (docs/decisions/0008). -#}

{#- The CTEs of the names. -#}
{% macro labels() -%}
withheld_types as (
    select * from {{ ref('withheld_types') }}
),

withheld_regions as (
    select * from {{ ref('withheld_regions') }}
),

withheld_networks as (
    select * from {{ ref('withheld_networks') }}
),

withheld_intervals as (
    select * from {{ ref('withheld_intervals') }}
)
{%- endmacro %}

{% macro join_labels(rows, with_networks, with_intervals=false) -%}
inner join withheld_types
    on {{ rows }}.quarter = withheld_types.quarter and {{ rows }}.network_type = withheld_types.network_type
inner join withheld_regions
    on
        {{ rows }}.quarter = withheld_regions.quarter
        and withheld_types.published_type = withheld_regions.published_type
        and {{ rows }}.region = withheld_regions.region
{% if with_networks -%}
inner join withheld_networks
    on
        {{ rows }}.quarter = withheld_networks.quarter
        and {{ rows }}.network_type = withheld_networks.network_type
        and {{ rows }}.network_key = withheld_networks.network_key
{%- endif %}
{% if with_intervals -%}
left join withheld_intervals
    on
        {{ rows }}.quarter = withheld_intervals.quarter
        and {{ rows }}.sampling_interval = withheld_intervals.sampling_interval
{%- endif %}
{%- endmacro %}

{#- The rows with published names, and whether what they belong to is told. A metro of a region that is withheld is, too. -#}
{% macro told_columns(rows, with_networks=true, with_intervals=false) -%}
{{ rows }}.* replace (
        withheld_types.published_type as network_type,
        withheld_regions.published_region as region,
        case when withheld_types.is_direction_told then {{ rows }}.direction else 'withheld' end as direction,
        {{ unless_withheld_region(rows ~ '.metro') }} as metro,
        {{ unless_withheld_region(rows ~ '.metro_source') }} as metro_source
        {%- if with_networks %},
        case when withheld_networks.is_withheld then 'withheld' else withheld_networks.published_key end as network_key
        {%- endif %}
    ),
    withheld_types.is_quarter_told,
    withheld_types.is_direction_told,
    withheld_types.are_months_told
    {%- if with_networks %},
    {{ rows }}.network_key as network_key_of_core,
    withheld_networks.is_cloud_told
    {%- endif %}
    {%- if with_intervals %},
    coalesce(withheld_intervals.is_withheld, false) as is_interval_withheld
    {%- endif %}
{%- endmacro %}

{% macro unless_withheld_region(column) -%}
    case when withheld_regions.published_region = 'withheld' then 'withheld' else {{ column }} end
{%- endmacro %}

{#- The bins that are covered, by region; what is withheld of all regions is covered where any exporter is. -#}
{% macro covered_bins_of_published_regions() -%}
    select
        event_on,
        bin_at,
        month,
        quarter,
        region
    from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
    union all
    select distinct
        event_on,
        bin_at,
        month,
        quarter,
        'withheld' as region
    from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
{%- endmacro %}

{#- Of rows with networks: whose cloud or network it is, and in which region of a cloud, of types that the CTE `types_of_clouds`
    names; neither for what `is_withheld` says. -#}
{% macro cloud_columns(rows, is_withheld='false') -%}
case
        when {{ is_withheld }} then 'withheld'
        when {{ rows }}.cloud is not null then {{ rows }}.cloud
        when {{ rows }}.network_type in (select network_type from types_of_clouds) then {{ rows }}.network_key
        else 'elsewhere'
    end as provider,
    case when {{ is_withheld }} then 'withheld' else coalesce({{ rows }}.cloud_region, 'unknown') end as region_of_cloud
{%- endmacro %}

{#- Rows under published names, with their cloud. Which networks a country has is public, so that those told would tell those
    withheld: these count in no country. -#}
{% macro with_clouds_told(rows) -%}
select
    {{ rows }}.* replace (
        case when {{ rows }}.network_key = 'withheld' then 'withheld' else {{ rows }}.country end as country
    ),
    {{ cloud_columns(
        rows, rows ~ ".network_key = 'withheld' or (" ~ rows ~ ".cloud is not null and not " ~ rows ~ ".is_cloud_told)"
    ) }}
from {{ rows }}
{%- endmacro %}

{#- The CTE `types_of_clouds`: the types of which each network counts as a cloud of its own. -#}
{% macro types_of_clouds() -%}
types_of_clouds as (
    select network_type from {{ ref('share_groups') }}
    where share_group = 'other_clouds'
)
{%- endmacro %}
