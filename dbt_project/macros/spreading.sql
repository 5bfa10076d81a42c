{#- A record's part of an additive amount in one of the 5-minute bins that it overlaps: proportional to the overlap,
    rounded down; the last bin takes the rest, so that the parts add up to the amount exactly.
    Between the first and the last bin every overlap is a whole bin. -#}
{% macro part_of(amount) -%}
    case
        when bins = 1 then {{ amount }}
        when {{ amount }} <= {{ largest_bits() }} then {{ wide(one_of_several(narrow(amount), 'narrow')) }}
        else {{ one_of_several(wide(amount), 'wide') }}
    end
{%- endmacro %}

{% macro one_of_several(amount, width) -%}
    case
        when bin = first_bin then {{ share_of(amount, 'first_overlap_ms', width) }}
        when bin < last_bin then {{ share_of(amount, 'whole_bin_ms', width) }}
        else
            {{ amount }}
            - {{ share_of(amount, 'first_overlap_ms', width) }}
            - case when bins > 2 then bins_between * {{ share_of(amount, 'whole_bin_ms', width) }} else 0 end
    end
{%- endmacro %}

{#- An amount times an overlap, over the record's length, rounded down: in 128 bits; and in 64, where the product of amount
    and overlap may not fit, but that of the remainder and the overlap does. -#}
{% macro share_of(amount, overlap_ms, width) -%}
    {%- if width == 'wide' -%}
        ({{ amount }} * {{ overlap_ms }} // length_ms)
    {%- else -%}
        (({{ amount }} // length_ms) * {{ overlap_ms }} + ({{ amount }} % length_ms) * {{ overlap_ms }} // length_ms)
    {%- endif -%}
{%- endmacro %}
