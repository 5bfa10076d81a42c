{#- The CTEs that end in `name`: unique addresses of the members that `memberships` names, by `periods`. `addresses` has one row
    for each of periods, region, network type and subscriber. Nearly all subscribers are at home in one region and type:
    these are counted there and added up, and only the others are looked at member by member. -#}
{% macro unique_of_members(name, addresses, periods) -%}
{%- set periods_text = periods | join(', ') -%}
{{ name }}_homes as (
    select
        {{ periods_text }},
        subscriber,
        any_value(region) as region,
        any_value(network_type) as network_type,
        count(*) as homes
    from {{ addresses }}
    group by {{ periods_text }}, subscriber
),

{{ name }}_of_one as (
    select
        {{ periods_text }},
        region,
        network_type,
        count(*) as unique_ips
    from {{ name }}_homes
    where homes = 1
    group by {{ periods_text }}, region, network_type
),

{{ name }}_of_several as (
    select
        {{ addresses }}.*
    from {{ addresses }}
    inner join {{ name }}_homes using ({{ periods_text }}, subscriber)
    where {{ name }}_homes.homes > 1
),

{{ name }}_parts as (
    select
        memberships.dimension,
        memberships.member,
        {% for period in periods %}{{ name }}_of_one.{{ period }},
        {% endfor -%}
        sum({{ name }}_of_one.unique_ips) as unique_ips
    from {{ name }}_of_one
    inner join memberships on {{ is_member(name ~ '_of_one') }}
    group by all
    union all
    select
        memberships.dimension,
        memberships.member,
        {% for period in periods %}{{ name }}_of_several.{{ period }},
        {% endfor -%}
        count(distinct {{ name }}_of_several.subscriber) as unique_ips
    from {{ name }}_of_several
    inner join memberships on {{ is_member(name ~ '_of_several') }}
    group by all
),

{{ name }} as (
    select
        dimension,
        member,
        {{ periods_text }},
        cast(sum(unique_ips) as double) as unique_ips
    from {{ name }}_parts
    group by dimension, member, {{ periods_text }}
)
{%- endmacro %}

{#- Whether a row with quarter, region and network type belongs to a row of `memberships`. -#}
{% macro is_member(cells) -%}
    {{ cells }}.quarter = memberships.quarter
            and {{ cells }}.network_type = memberships.network_type
            and (memberships.region is null or {{ cells }}.region = memberships.region)
{%- endmacro %}
