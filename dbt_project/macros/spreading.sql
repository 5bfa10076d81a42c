{#- A record's part of an additive amount in one of the 5-minute bins that it overlaps: proportional to the overlap,
    rounded down; the last bin takes the rest, so that the parts add up to the amount exactly.
    Between the first and the last bin every overlap is a whole bin. -#}
{% macro part_of(amount) -%}
    case
        when bins = 1 then {{ amount }}
        when {{ amount }} <= {{ largest_bits() }} then {{ wide(one_of_several(narrow(amount), 'narrow_share')) }}
        else {{ one_of_several(wide(amount), 'wide_share') }}
    end
{%- endmacro %}

{% macro one_of_several(amount, share) -%}
    case
        when bin = first_bin then {{ context[share](amount, 'first_overlap_ms') }}
        when bin < last_bin then {{ context[share](amount, 'whole_bin_ms') }}
        else
            {{ amount }}
            - {{ context[share](amount, 'first_overlap_ms') }}
            - case when bins > 2 then bins_between * {{ context[share](amount, 'whole_bin_ms') }} else 0 end
    end
{%- endmacro %}

{#- An amount times an overlap, over the record's length, rounded down: in 128 bits; and in 64, where the product of amount
    and overlap may not fit, but that of the remainder and the overlap does. -#}
{% macro wide_share(amount, overlap_ms) -%} ({{ amount }} * {{ overlap_ms }} // length_ms) {%- endmacro %}

{% macro narrow_share(amount, overlap_ms) -%}
    (({{ amount }} // length_ms) * {{ overlap_ms }} + ({{ amount }} % length_ms) * {{ overlap_ms }} // length_ms)
{%- endmacro %}
