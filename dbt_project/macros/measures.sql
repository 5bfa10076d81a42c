{#- How one record's counters become bits, sampled packets and sampling variance; the numbers of docs/method.md. -#}

{#- Records may start or end this long outside of what their export allows before they are implausible (seed limits and
    check_limits.csv, which checks read too). -#}
{% macro clock_tolerance_ms() -%}
    (
        select cast(1000 * number as bigint) from {{ ref('stg_operator__limits') }} where limit_name = 'clock tolerance'
    )
{%- endmacro %}

{#- Of an exporter without a row: the longest active timeout that routers use by default (30 minutes). -#}
{% macro default_active_timeout_s() %}1800{% endmacro %}

{#- No row of exporters.csv may say more. -#}
{% macro longest_active_timeout_s() %}86400{% endmacro %}

{#- An interval as it was told; null where it is none: one packet is sampled of at least one, and of no more than NetFlow, sFlow
    and the counts of IPFIX can say. A probability, or a count of eight bytes that was read from the wrong place, can say
    anything. -#}
{% macro told_interval(interval) -%}
    case when {{ interval }} between 1 and 4294967296 then {{ interval }} end
{%- endmacro %}

{#- Bytes times 8 times the interval, rounded half up; whole intervals stay in whole numbers. -#}
{% macro scaled_bits(bytes, scale) -%}
    case
        when {{ scale }} is null then null
        when {{ scale }} = floor({{ scale }}) then {{ wide(bytes) }} * 8 * cast({{ scale }} as bigint)
        else {{ wide('floor(' ~ bytes ~ ' * 8.0 * ' ~ scale ~ ' + 0.5)') }}
    end
{%- endmacro %}

{#- Tools that multiplied the bytes multiplied the packets too. -#}
{% macro sampled_packets(packets, is_scaled, interval) -%}
    case
        when {{ is_scaled }} and {{ interval }} > 1
            then {{ wide('floor(' ~ packets ~ ' / ' ~ interval ~ ' + 0.5)') }}
        else {{ wide(packets) }}
    end
{%- endmacro %}

{#- N (N - 1) 64 b with b = bytes^2 / packets, as if all packets were of one size; N = 1 has none. -#}
{% macro sampling_variance_lower(record) -%}
    case
        when {{ record }}.known_interval is null then null
        when {{ record }}.known_interval <= 1 or {{ record }}.packets = 0 then {{ wide('0') }}
        else {{ wide(
            'floor(least(' ~ sampled_size(record) ~ ' * cast(' ~ record ~ '.layer3_bytes as double) / '
            ~ record ~ '.packets, ' ~ largest_variance() ~ ') + 0.5)'
        ) }}
    end
{%- endmacro %}

{#- N (N - 1) 64 b with b = bytes * 1500, as if all packets were of the largest size: of a given N so many times the bits, so
    that it need not be kept beside them. Nobody samples one packet of eight million, up to which the product is exact. -#}
{% macro sampling_variance_upper(bits, interval) -%}
    ({{ wide(bits) }} * cast(least(greatest({{ interval }} - 1, 0) * 8 * 1500, 1e11) as bigint))
{%- endmacro %}

{#- No flow's: a terabyte sampled 1 in 65,536 has a ten-thousandth of it. A counter that ran below zero says 2^64 bytes,
    and what comes of it must fit into 128 bits when it is spread over bins (decided 2026-11-21). -#}
{% macro largest_variance() %}1e30{% endmacro %}

{#- N (N - 1) 64 times the sampled bytes; of counters that were multiplied, the sampled bytes are bytes / N. -#}
{% macro sampled_size(record) -%}
    {{ record }}.known_interval * ({{ record }}.known_interval - 1) * 64.0 * {{ record }}.layer3_bytes
    / case when {{ record }}.is_scaled then {{ record }}.known_interval else 1 end
{%- endmacro %}

{#- AS numbers that name no network: 0, AS_TRANS 23456, documentation and private ones, the last of each size
    (RFC 7607, 6793, 5398, 6996, 7300). -#}
{% macro is_reserved_as(asn) -%}
    (
        {{ asn }} is null
        or {{ asn }} in (0, 23456, 65535, 4294967295)
        or {{ asn }} between 64496 and 65551
        or {{ asn }} between 4200000000 and 4294967294
    )
{%- endmacro %}
