{#- Amounts that no traffic can be: a counter that ran below zero, or was read from the wrong place (docs/method.md,
    "What is counted"). -#}

{#- The length field of an IP packet has 16 bits (RFC 791, RFC 8200). -#}
{% macro largest_packet_bytes() %}65535{% endmacro %}

{#- 2^64 - 1: more than the busiest exchange points move in a week, in one record (decided 2026-11-21). -#}
{% macro largest_bits() %}18446744073709551615{% endmacro %}

{#- So many times the speed of its interface a record may seem to have: a row may be older than its link, and samples are
    few; a counter gone wrong is off by thousands (decided 2026-11-21). -#}
{% macro implausible_rate_factor() %}2{% endmacro %}

{#- What an interface carries at most whose speed nobody tells: the fastest Ethernet there is a project for, 1.6 Tbit/s (IEEE
    P802.3dj; decided 2026-11-23). Without it a counter gone wrong would be published wherever speeds are not told. -#}
{% macro fastest_interface_bps() %}1600000000000{% endmacro %}

{#- How long a record's bytes took at least: its length, and no less than a bin, since rates are those of bins and one sampled
    packet has none; of a record without length, or without times, up to its exporter's active timeout. -#}
{% macro rated_ms(record) -%}
    greatest(
        case
            when {{ record }}.end_ms > {{ record }}.start_ms then {{ record }}.end_ms - {{ record }}.start_ms
            else {{ record }}.active_timeout_ms
        end,
        {{ bin_ms() }}
    )
{%- endmacro %}

{#- Where packets or interval are not told, that part says nothing. -#}
{% macro is_implausible_amount(record) -%}
    (
        {{ record }}.packets > 0
        and {{ record }}.layer3_bytes > {{ wide(record ~ '.packets') }} * {{ largest_packet_bytes() }}
    )
    or {{ record }}.bits > {{ largest_bits() }}
    or cast({{ record }}.bits as double) * 1000
    > {{ implausible_rate_factor() }}
    * cast(coalesce({{ record }}.speed_bps, {{ fastest_interface_bps() }}) as double)
    * {{ rated_ms(record) }}
{%- endmacro %}
