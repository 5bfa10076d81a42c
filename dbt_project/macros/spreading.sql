{#- A record's part of an additive amount in one of the 5-minute bins that it overlaps: proportional to the overlap,
    rounded down; the last bin takes the rest, so that the parts add up to the amount exactly.
    Between the first and the last bin every overlap is a whole bin. -#}
{% macro part_of(amount) -%}
    case
        when bins = 1 then {{ amount }}
        when bin = first_bin then {{ wide(amount) }} * first_overlap_ms // length_ms
        when bin < last_bin then {{ wide(amount) }} * {{ bin_ms() }} // length_ms
        else
            {{ amount }}
            - {{ wide(amount) }} * first_overlap_ms // length_ms
            - (bins - 2) * ({{ wide(amount) }} * {{ bin_ms() }} // length_ms)
    end
{%- endmacro %}
