{#- The rows of the seed name_patterns, rendered as literals: an engine compiles a constant expression once, and one that
    comes from a column anew for each row. -#}
{% macro name_patterns() -%}
    {%- set patterns = [] -%}
    {%- if execute and load_relation(ref('name_patterns')) -%}
        {%- for row in run_query(
            "select position, pattern from " ~ ref('name_patterns') ~ " order by 1"
        ).rows -%}
            {%- do patterns.append((row[0] | string, row[1] | replace("'", "''"))) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(patterns) }}
{%- endmacro %}

{#- The day whose decisions (overrides) count among the rules: none in a build, where network_type_decisions applies them
    by event day; `netstats classify` tells its connections a day. -#}
{% macro decided_on() -%} cast({{ told('classified_on') }} as date) {%- endmacro %}

{#- Rules that are left out, to measure what the others can do alone; `netstats classify --without` tells them. -#}
{% macro is_excluded_rule(rule) -%}
    coalesce(list_contains(cast({{ told('excluded_rules') }} as varchar[]), {{ rule }}), false)
{%- endmacro %}

{#- So many networks buy transit of a carrier: with fewer it may be anything (decided 2026-11-21). -#}
{% macro customers_of_a_carrier() %}3{% endmacro %}

{#- Below this confidence a person should look at a network (decided 2026-11-21: the rules that were right on fewer than
    four of five hand-labelled networks, or that could not be measured). -#}
{% macro confidence_to_review() %}0.8{% endmacro %}

{#- A quarter's worth of days, whatever day of a quarter it is. -#}
{% macro days_to_review() %}92{% endmacro %}

{#- The source that a list belongs to: `labels` of `labels:domains`, any other source itself. -#}
{% macro source_of_list(source) -%} split_part({{ source }}, ':', 1) {%- endmacro %}

{#- Words in which clouds that rent accelerators speak of themselves (decided 2026-11-21). -#}
{% macro neocloud_words() -%}
\b(\w*gpus?|hgx|dgx|[abh][1-3]00s?|mi300\w*|nvidia|infiniband|accelerated|supercomput\w*|hpc|ai (cloud|compute|factory|infrastructure|training|inference)|(machine|deep) learning|neocloud|inference|llms?)\b
{%- endmacro %}

{#- From this score on a network or prefix is a candidate: three signs, or its own words and one more (decided
    2026-11-21). -#}
{% macro neocloud_score() %}3{% endmacro %}
