{#- Signs in records that something before them went wrong (checks/flow_records.py holds their limits). -#}

{#- Ends of counters that devices stop at instead of wrapping: signed and unsigned, of 32 and 64 bits. -#}
{% macro is_at_counter_limit(counter) -%}
    {{ counter }} in (2147483647, 4294967295, 9223372036854775807, 18446744073709551615)
{%- endmacro %}

{#- Whether a flow is looked at for being met twice: one in sixteen, enough of any router whose chart is drawn, and cheap
    (decided 2026-11-22). DuckDB asks of a division only once records are resolved, since one may fail; of digits it asks
    first. -#}
{% macro is_looked_at(flow) -%} hex({{ flow }}) like '%0' {%- endmacro %}
