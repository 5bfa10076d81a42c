{#- Fails with each set of values that several rows have: the grain of a mart, whose columns name its rows. -#}
{% test one_row_per(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by all
having count(*) > 1
{% endtest %}
