{#- What differs between engines: binary addresses, epoch arithmetic and 128-bit whole numbers. -#}

{% macro milliseconds_of(moment) %}{{ return(adapter.dispatch('milliseconds_of')(moment)) }}{% endmacro %}
{% macro default__milliseconds_of(moment) %}epoch_ms({{ moment }}){% endmacro %}

{% macro moment_of_bin(bin) %}{{ return(adapter.dispatch('moment_of_bin')(bin)) }}{% endmacro %}
{% macro default__moment_of_bin(bin) %}make_timestamp(cast({{ bin }} as bigint) * {{ bin_ms() }} * 1000){% endmacro %}

{#- The day (UTC) and the hour of the day of a bin. -#}
{% macro day_of_bin(bin) %}{{ return(adapter.dispatch('day_of_bin')(bin)) }}{% endmacro %}
{% macro default__day_of_bin(bin) %}(date '1970-01-01' + {{ bin }} // 288){% endmacro %}

{% macro hour_of_bin(bin) %}({{ bin }} // 12 % 24){% endmacro %}

{% macro utc(moment) %}{{ return(adapter.dispatch('utc')(moment)) }}{% endmacro %}
{% macro default__utc(moment) %}({{ moment }} at time zone 'UTC'){% endmacro %}

{% macro wide(number) %}{{ return(adapter.dispatch('wide')(number)) }}{% endmacro %}
{% macro default__wide(number) %}cast({{ number }} as hugeint){% endmacro %}

{#- The /64 of an IPv6 address, the whole of an IPv4 address (mapped into 16 bytes). -#}
{% macro subscriber_of(address, ip_version) %}
    {{- return(adapter.dispatch('subscriber_of')(address, ip_version)) -}}
{% endmacro %}
{% macro default__subscriber_of(address, ip_version) %}
    case when {{ ip_version }} = 6 then {{ address }}[1:8] else {{ address }} end
{% endmacro %}

{#- An address of 16 bytes as one value of 128 bits, in the same order, for grouping, joining and sorting within a statement; and
    back. Bytes take half as long again there. -#}
{% macro address_number(address) %}{{ return(adapter.dispatch('address_number')(address)) }}{% endmacro %}
{% macro default__address_number(address) %}cast({{ address }} as uuid){% endmacro %}

{% macro address_of_number(number) %}{{ return(adapter.dispatch('address_of_number')(number)) }}{% endmacro %}
{% macro default__address_of_number(number) %}cast({{ number }} as blob){% endmacro %}

{#- Whether a text fits a pattern, in which `*` stands for any text. -#}
{% macro fits_pattern(text, pattern) %}{{ return(adapter.dispatch('fits_pattern')(text, pattern)) }}{% endmacro %}
{% macro default__fits_pattern(text, pattern) %}{{ text }} glob {{ pattern }}{% endmacro %}

{#- Whether an address is one, and not a keyed hash of 20 bytes (assets/warehouse/address_retention.py). -#}
{% macro is_plain_address(address) %}{{ return(adapter.dispatch('is_plain_address')(address)) }}{% endmacro %}
{% macro default__is_plain_address(address) %}octet_length({{ address }}) < 20{% endmacro %}

{#- Whether an address of 16 bytes is an IPv4 address mapped into them, and so many of its octets as text. -#}
{% macro is_mapped_ipv4(address) %}{{ return(adapter.dispatch('is_mapped_ipv4')(address)) }}{% endmacro %}
{% macro default__is_mapped_ipv4(address) %}hex({{ address }}[1:12]) = '00000000000000000000FFFF'{% endmacro %}

{% macro first_octets(address, many) %}{{ return(adapter.dispatch('first_octets')(address, many)) }}{% endmacro %}
{% macro default__first_octets(address, many) -%}
    concat_ws('.'
    {%- for place in range(13, 13 + many) %}, cast('0x' || hex({{ address }}[{{ place }}:{{ place }}]) as integer){% endfor -%}
    )
{%- endmacro %}

{#- An address as text: dotted for IPv4, all 32 hexadecimal digits for IPv6. -#}
{% macro address_text(address) %}{{ return(adapter.dispatch('address_text')(address)) }}{% endmacro %}
{% macro default__address_text(address) %}
    case
        when {{ is_mapped_ipv4(address) }} then {{ first_octets(address, 4) }}
        else lower(hex({{ address }}))
    end
{% endmacro %}

{% macro rows_from_to(first, last) %}{{ return(adapter.dispatch('rows_from_to')(first, last)) }}{% endmacro %}
{% macro default__rows_from_to(first, last) %}unnest(range({{ first }}, {{ last }} + 1)){% endmacro %}

{#- Several values as one number of 64 bits: for telling rows apart within one statement, not for keeping. -#}
{% macro number_of(values) %}{{ return(adapter.dispatch('number_of')(values)) }}{% endmacro %}
{% macro default__number_of(values) %}hash({{ values | join(', ') }}){% endmacro %}

{#- A key of 64 bits that the values of a row make, the same on every engine that has MD5: its first 8 bytes. No text holds
    the two characters that part the values and stand for null. -#}
{% macro key_of(values) %}{{ return(adapter.dispatch('key_of')(values)) }}{% endmacro %}
{% macro default__key_of(values) -%}
    cast('0x' || substr(md5(concat_ws(
        chr(31){% for value in values %}, coalesce(cast({{ value }} as varchar), chr(30)){% endfor %}
    )), 1, 16) as ubigint)
{%- endmacro %}

{#- Hours of a day as a sum of 2^hour, those of several such sums, and how many one holds. -#}
{% macro hours_touched(hour) %}{{ return(adapter.dispatch('hours_touched')(hour)) }}{% endmacro %}
{% macro default__hours_touched(hour) %}bit_or(cast(1 as integer) << {{ hour }}){% endmacro %}

{% macro hours_of(hours_touched) %}{{ return(adapter.dispatch('hours_of')(hours_touched)) }}{% endmacro %}
{% macro default__hours_of(hours_touched) %}bit_or({{ hours_touched }}){% endmacro %}

{% macro hours_in(hours_touched) %}{{ return(adapter.dispatch('hours_in')(hours_touched)) }}{% endmacro %}
{% macro default__hours_in(hours_touched) %}bit_count({{ hours_touched }}){% endmacro %}

{#- A whole number that is known to lie between 0 and 2^64 - 1: arithmetic with it takes a fraction of that in 128 bits. -#}
{% macro narrow(number) %}{{ return(adapter.dispatch('narrow')(number)) }}{% endmacro %}
{% macro default__narrow(number) %}cast({{ number }} as ubigint){% endmacro %}

{% macro bin_ms() %}300000{% endmacro %}
{% macro bin_seconds() %}300{% endmacro %}

{#- Text as words: lower case, without accents, words apart by one blank; nothing but a to z and digits. The IX of names
    such as NetIX is a word of its own. -#}
{% macro words_of(text) %}{{ return(adapter.dispatch('words_of')(text)) }}{% endmacro %}
{% macro default__words_of(text) %}
    trim(regexp_replace(
        lower(regexp_replace(strip_accents({{ text }}), '([a-z])IX\b', '\1 IX', 'g')), '[^a-z0-9]+', ' ', 'g'
    ))
{% endmacro %}

{#- What the connection was told under a name (assets/warehouse/dbt_lake.py); null where it was told nothing. -#}
{% macro told(name) %}{{ return(adapter.dispatch('told')(name)) }}{% endmacro %}
{% macro default__told(name) %}getvariable('{{ name }}'){% endmacro %}

{#- Whether a regular expression (RE2) is found in a text. -#}
{% macro has_pattern(text, pattern) %}{{ return(adapter.dispatch('has_pattern')(text, pattern)) }}{% endmacro %}
{% macro default__has_pattern(text, pattern) %}regexp_matches({{ text }}, '{{ pattern }}'){% endmacro %}

{#- What a clock of a time zone shows at a moment in UTC. -#}
{% macro local_time(moment, timezone) %}{{ return(adapter.dispatch('local_time')(moment, timezone)) }}{% endmacro %}
{% macro default__local_time(moment, timezone) %}timezone({{ timezone }}, timezone('UTC', {{ moment }})){% endmacro %}

{% macro seconds_between(first, last) %}{{ return(adapter.dispatch('seconds_between')(first, last)) }}{% endmacro %}
{% macro default__seconds_between(first, last) %}(epoch_ms({{ last }}) - epoch_ms({{ first }})) // 1000{% endmacro %}

{#- A whole number from 0 to below n that a text decides: evenly spread, and the same on every engine that has MD5. -#}
{% macro seeded_index(text, n) %}{{ return(adapter.dispatch('seeded_index')(text, n)) }}{% endmacro %}
{% macro default__seeded_index(text, n) %}cast(cast('0x' || substr(md5({{ text }}), 1, 12) as bigint) % {{ n }} as bigint){% endmacro %}

{#- Statements around a model whose joins go from many records to small tables, in the order in which they are written:
    DuckDB can't know how many rows the files of the selected days have, unless the first of all is among them, takes them
    for one, and would then keep all records in the hash table of a join. -#}
{% macro join_as_written() %}{{ return(adapter.dispatch('join_as_written')()) }}{% endmacro %}
{% macro default__join_as_written() %}set disabled_optimizers = 'join_order,build_side_probe_side'{% endmacro %}

{% macro join_as_planned() %}{{ return(adapter.dispatch('join_as_planned')()) }}{% endmacro %}
{% macro default__join_as_planned() %}reset disabled_optimizers{% endmacro %}

{% macro is_hour_touched(hours_touched, hour) %}{{ return(adapter.dispatch('is_hour_touched')(hours_touched, hour)) }}{% endmacro %}
{% macro default__is_hour_touched(hours_touched, hour) %}({{ hours_touched }} >> cast({{ hour }} as integer)) & 1 = 1{% endmacro %}

{#- The /24 of an IPv4 address, or the /48 of an IPv6 one, as text: what is leased and routed as one. -#}
{% macro covering_prefix(address) %}{{ return(adapter.dispatch('covering_prefix')(address)) }}{% endmacro %}
{% macro default__covering_prefix(address) %}
    case
        when {{ is_mapped_ipv4(address) }} then {{ first_octets(address, 3) }} || '.0/24'
        else lower(concat_ws(':', hex({{ address }}[1:2]), hex({{ address }}[3:4]), hex({{ address }}[5:6])) || '::/48')
    end
{% endmacro %}
