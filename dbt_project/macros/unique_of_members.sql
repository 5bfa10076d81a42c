{#- The CTEs that end in `name`: unique addresses of the members that `members_of_homes` names, by `periods`. `addresses` has one row
    for each of periods, home and subscriber. Nearly all subscribers have one home: these are counted there and added up,
    and only the others are looked at member by member. -#}
{% macro unique_of_members(name, addresses, periods) -%}
{%- set periods_text = periods | join(', ') -%}
{{ name }}_homes as (
    select
        {{ periods_text }},
        subscriber,
        any_value(home) as home,
        count(*) as homes
    from {{ addresses }}
    group by {{ periods_text }}, subscriber
),

{{ name }}_of_one as (
    select
        {{ periods_text }},
        home,
        count(*) as unique_ips
    from {{ name }}_homes
    where homes = 1
    group by {{ periods_text }}, home
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
        members_of_homes.dimension,
        members_of_homes.member,
        {% for period in periods %}{{ name }}_of_one.{{ period }},
        {% endfor -%}
        sum({{ name }}_of_one.unique_ips) as unique_ips
    from {{ name }}_of_one
    inner join members_of_homes on {{ name }}_of_one.home = members_of_homes.home
    group by all
    union all
    select
        members_of_homes.dimension,
        members_of_homes.member,
        {% for period in periods %}{{ name }}_of_several.{{ period }},
        {% endfor -%}
        count(distinct {{ name }}_of_several.subscriber) as unique_ips
    from {{ name }}_of_several
    inner join members_of_homes on {{ name }}_of_several.home = members_of_homes.home
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
