{{ config(materialized='view') }}

with measures as (
    select * from {{ ref('neocloud_measures') }}
),

signs as (
    select * from {{ ref('neocloud_signs') }}
),

-- One row a candidate and measure that a sign can be of.
numbers as (
    {% for sign in [
        'times_bits_per_address', 'addresses', 'persistent_share', 'elephant_share', 'mesh_addresses', 'growth', 'words'
    ] %}
        select
            candidate,
            '{{ sign }}' as sign,
            cast({{ sign }} as double) as number
        from measures
        {% if not loop.last %} union all {% endif %}
    {% endfor %}
),

given as (
    select
        numbers.candidate,
        sum(signs.weight) as score,
        string_agg(numbers.sign, ', ' order by signs.weight desc, numbers.sign) as signs
    from numbers
    inner join signs
        on
            numbers.sign = signs.sign
            and case
                when signs.is_at_most then numbers.number <= signs.number
                else numbers.number >= signs.number
            end
    group by numbers.candidate
)

select
    row_number() over (order by given.score desc, measures.bits desc, measures.candidate) as position,
    measures.*,
    given.score,
    given.signs
from measures
inner join given on measures.candidate = given.candidate
where given.score >= {{ neocloud_score() }}
order by position
