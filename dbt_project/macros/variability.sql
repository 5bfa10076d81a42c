{#- How far a difference between quarters could be another by chance of weeks. -#}

{#- So many resamples that the fifth percentiles rest on ten each (decided 2026-11-21). -#}
{% macro resamples() %}200{% endmacro %}
