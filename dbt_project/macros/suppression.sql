{#- What is withheld of a whole whose amount is told (docs/decisions/0008): never one part alone, and never so few addresses
    that the rest of the whole would be theirs. -#}

{#- The CTEs that end in `name`: the rows of `cells` (columns of `unit` and `member`, bits, is_sensitive) with `is_merged`. If a
    member of a unit is sensitive, those that are and as many of the next smallest are merged as make at least two members and,
    in each slice that they have at all, the fewest addresses that may be told. `members` has one row for each address of a unit,
    member and slice. A member that is all of its unit is told by it, and stays. -#}
{% macro merged_members(name, cells, members, unit, member) -%}
{%- set unit_text = unit | join(', ') -%}
{%- set member_text = member | join(', ') -%}
{{ name }}_ranked as (
    select
        *,
        row_number() over (
            partition by {{ unit_text }} order by is_sensitive desc, bits, {{ member_text }}
        ) as place,
        sum(cast(is_sensitive as integer)) over (partition by {{ unit_text }}) as sensitive_members,
        count(*) over (partition by {{ unit_text }}) as unit_members
    from {{ cells }}
),

-- An address counts where it comes first.
{{ name }}_firsts as (
    select
        {{ unit_text }},
        slice,
        subscriber,
        min(place) as place
    from {{ members }}
    inner join {{ name }}_ranked using ({{ unit_text }}, {{ member_text }})
    where sensitive_members > 0 and unit_members > 1
    group by {{ unit_text }}, slice, subscriber
),

{{ name }}_gained as (
    select
        {{ unit_text }},
        slice,
        place,
        count(*) as gained
    from {{ name }}_firsts
    group by {{ unit_text }}, slice, place
),

{{ name }}_slices as (
    select distinct
        {{ unit_text }},
        slice
    from {{ name }}_gained
),

{{ name }}_reached as (
    select
        {{ name }}_slices.*,
        {{ name }}_ranked.place,
        {{ name }}_ranked.sensitive_members,
        sum(coalesce({{ name }}_gained.gained, 0)) over (
            partition by {% for column in unit %}{{ name }}_slices.{{ column }}, {% endfor %}{{ name }}_slices.slice
            order by {{ name }}_ranked.place
        ) as reached
    from {{ name }}_slices
    inner join {{ name }}_ranked using ({{ unit_text }})
    left join {{ name }}_gained
        on
            {% for column in unit -%}
            {{ name }}_slices.{{ column }} = {{ name }}_gained.{{ column }}
            and {% endfor -%}
            {{ name }}_slices.slice = {{ name }}_gained.slice
            and {{ name }}_ranked.place = {{ name }}_gained.place
),

{{ name }}_enough as (
    select
        {{ unit_text }},
        place
    from {{ name }}_reached
    cross join {{ ref('operator_settings') }} as limits
    group by {{ unit_text }}, place
    having
        place >= greatest(max(sensitive_members), 2)
        and bool_and(reached = 0 or reached >= limits.minimum_unique_ips)
),

{{ name }}_last as (
    select
        {{ unit_text }},
        min(place) as last_place
    from {{ name }}_enough
    group by {{ unit_text }}
),

{{ name }} as (
    select
        {{ name }}_ranked.*,
        sensitive_members > 0 and unit_members > 1 and place <= coalesce(last_place, unit_members) as is_merged
    from {{ name }}_ranked
    left join {{ name }}_last using ({{ unit_text }})
)
{%- endmacro %}

{#- The CTEs that end in `merged`, of a quarter's parts by one column of the CTE `addresses`: a part with fewer addresses than
    the CTE `settings` asks for is sensitive. `members` has one row for each address of a part. -#}
{% macro merged_parts_of_quarters(part) -%}
members as (
    select
        quarter,
        {{ part }},
        subscriber,
        'all' as slice,
        sum(bits) as bits
    from addresses
    group by quarter, {{ part }}, subscriber
),

cells as (
    select
        members.quarter,
        members.{{ part }},
        sum(members.bits) as bits,
        count(*) < any_value(settings.minimum_unique_ips) as is_sensitive
    from members
    cross join settings
    group by members.quarter, members.{{ part }}
),

{{ merged_members('merged', 'cells', 'members', ['quarter'], [part]) }}
{%- endmacro %}

{#- The CTEs that end in `merged`, of the parts (columns `member`) of what `unit` names, of the CTEs `traffic`, `addresses` and
    `settings` under their published names: parts with too few addresses, or of which one network has too much. What is
    withheld already is not a part, and helps none to be told. -#}
{% macro merged_parts_of_cells(unit, member, is_limited_by_dominance) -%}
{%- set keys = (unit + member) | join(', ') -%}
parts as (
    select
        {{ keys }},
        network_key_of_core,
        sum(bits) as bits
    from traffic
    where {{ member[0] }} != 'withheld'
    group by {{ keys }}, network_key_of_core
),

part_addresses as (
    select distinct
        {{ keys }},
        subscriber,
        'all' as slice
    from addresses
    where {{ member[0] }} != 'withheld'
),

part_counts as (
    select
        {{ keys }},
        count(*) as unique_ips
    from part_addresses
    group by {{ keys }}
),

part_cells as (
    select
        {{ keys }},
        sum(parts.bits) as bits,
        any_value(part_counts.unique_ips) < any_value(settings.minimum_unique_ips)
        {% if is_limited_by_dominance -%}
        or coalesce({{ ratio('max(parts.bits)', 'sum(parts.bits)') }}, 0)
        > any_value(settings.maximum_share_of_one_network)
        {%- endif %} as is_sensitive
    from parts
    inner join part_counts using ({{ keys }})
    cross join settings
    group by {{ keys }}
),

{{ merged_members('merged', 'part_cells', 'part_addresses', unit, member) }}
{%- endmacro %}

{#- The CTE `suppressed`: the rows of `cells`, of which those with `is_withheld` are suppressed, and a suppressed row for each
    cell of `named` (the columns `keys`) that is told under no name of its own. -#}
{% macro suppressed_cells(cells, keys, named) -%}
suppressed as (
    select
        *,
        coalesce(is_withheld, true) as is_suppressed
    from {{ cells }}
    full join {{ named }} using ({{ keys | join(', ') }})
)
{%- endmacro %}

{#- The CTE `withheld_type_names`: the types that are told under no name of their own. -#}
{% macro withheld_type_names() -%}
withheld_type_names as (
    select
        quarter,
        network_type
    from {{ ref('withheld_types') }}
    where published_type != network_type and {{ is_selected_quarter('quarter') }}
)
{%- endmacro %}

{#- Whether an amount may be told of this many addresses: of none, or of enough. -#}
{% macro is_enough(unique_ips) -%}
    ({{ unique_ips }} = 0 or {{ unique_ips }} >= (select minimum_unique_ips from {{ ref('operator_settings') }}))
{%- endmacro %}

{% macro unless_suppressed(value) %}case when not is_suppressed then {{ value }} end{% endmacro %}

{#- Columns under their own names, null in suppressed cells. -#}
{% macro each_unless_suppressed(columns) -%}
    {%- for column in columns %}{{ unless_suppressed(column) }} as {{ column }}{% if not loop.last %},
    {% endif %}{% endfor -%}
{%- endmacro %}

{#- The CTE `suppressed` of differences between quarters: a member that is suppressed in one of them is in none, nor is a share
    group of which either quarter's definition has a type that is. `is_move_withheld` says that a withheld network changed
    to or from a type of the member: what the map moved then stays untold. -#}
{% macro suppressed_pairs(differences) -%}
suppressed_members as (
    select
        quarter,
        dimension,
        member,
        bool_or(is_suppressed) as is_suppressed,
        bool_or(is_reclassification_withheld) as is_move_withheld
    from {{ ref('quarter_metrics') }}
    group by all
),

pairs_of_members as (
    select distinct
        quarter,
        previous_quarter,
        dimension,
        member
    from {{ differences }}
),

-- Types of a group by either definition, in either quarter.
suppressed_groups as (
    select
        pairs_of_members.quarter,
        pairs_of_members.member,
        bool_or(types.is_suppressed) as is_suppressed
    from pairs_of_members
    inner join {{ ref('share_groups_by_quarter') }} as definitions
        on
            definitions.quarter in (pairs_of_members.quarter, pairs_of_members.previous_quarter)
            and pairs_of_members.member = definitions.share_group
    inner join suppressed_members as types
        on
            types.quarter in (pairs_of_members.quarter, pairs_of_members.previous_quarter)
            and definitions.network_type = types.member
            and types.dimension = 'network_type'
    where pairs_of_members.dimension = 'share_group'
    group by all
),

-- Regions of a type that is withheld have no rows of their own.
suppressed_types as (
    select
        pairs_of_members.quarter,
        pairs_of_members.member,
        bool_or(types.is_suppressed) as is_suppressed
    from pairs_of_members
    inner join suppressed_members as types
        on
            types.quarter in (pairs_of_members.quarter, pairs_of_members.previous_quarter)
            and pairs_of_members.member = types.member
            and types.dimension = 'network_type'
    where pairs_of_members.dimension = 'network_type'
    group by all
),

quarters_of_marts as (
    select distinct quarter from suppressed_members
),

-- Of a quarter without marts nobody knows what is withheld.
suppressed as (
    select
        {{ differences }}.*,
        quarters_of_marts.quarter is null
        or coalesce(now.is_suppressed, false)
        or coalesce(before.is_suppressed, false)
        or coalesce(suppressed_groups.is_suppressed, false)
        or coalesce(types.is_suppressed, false) as is_suppressed,
        coalesce(now.is_move_withheld, false) as is_move_withheld
    from {{ differences }}
    left join quarters_of_marts on {{ differences }}.previous_quarter = quarters_of_marts.quarter
    left join suppressed_members as now
        on
            {{ differences }}.quarter = now.quarter
            and {{ differences }}.dimension = now.dimension
            and {{ differences }}.member = now.member
    left join suppressed_members as before
        on
            {{ differences }}.previous_quarter = before.quarter
            and {{ differences }}.dimension = before.dimension
            and {{ differences }}.member = before.member
    left join suppressed_groups
        on
            {{ differences }}.quarter = suppressed_groups.quarter
            and {{ differences }}.dimension = 'share_group'
            and {{ differences }}.member = suppressed_groups.member
    left join suppressed_types as types
        on
            {{ differences }}.quarter = types.quarter
            and {{ differences }}.dimension = 'region_network_type'
            and split_part({{ differences }}.member, '/', 2) = types.member
    where coalesce(now.member, before.member) is not null
)
{%- endmacro %}
