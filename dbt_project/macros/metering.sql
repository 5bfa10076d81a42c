{#- When a record that one metering met must have a twin of the other (docs/method.md, "What is counted"). -#}

{#- Records are taken to last at least this long: the same packet is met twice a little apart, and some exporters round to
    seconds (decided 2026-11-21). -#}
{% macro shortest_record_ms() %}1000{% endmacro %}

{#- Of so many sampled packets the other metering, which samples by itself, sees none once in two million records: with k
    packets seen, of which the mean is not known, the chance is 2^-(k + 1) (decided 2026-11-21). -#}
{% macro packets_met_twice() %}20{% endmacro %}

{#- Whether a record was sampled so densely, and so far from midnight, that its twin must be among those of its export
    day: what it met is exported within the active timeout. -#}
{% macro must_have_twin(record) -%}
    (
        ({{ record }}.sampling_interval <= 1 or {{ record }}.sampled_packets >= {{ packets_met_twice() }})
        and {{ record }}.start_ms >= {{ milliseconds_of('cast(' ~ record ~ '.export_on as timestamp)') }}
        and {{ record }}.end_ms + {{ record }}.active_timeout_ms + {{ clock_tolerance_ms() }}
        < {{ milliseconds_of('cast(' ~ record ~ '.export_on + 1 as timestamp)') }}
    )
{%- endmacro %}
