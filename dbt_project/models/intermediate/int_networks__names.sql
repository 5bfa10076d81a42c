{{ config(materialized='table') }}

with networks as (
    select * from {{ ref('stg_registry__networks') }}
),

evidence as (
    select * from {{ ref('stg_registry__network_evidence') }}
    where kind in ('name', 'organisation')
),

told as (
    select
        asn,
        name
    from networks

    union

    select
        asn,
        organisation as name
    from networks
    where organisation is not null

    union

    select
        asn,
        value as name
    from evidence
),

names as (
    select
        asn,
        name,
        {{ words_of('name') }} as words
    from told
),

texts as (
    select distinct words from names
),

-- One branch a row of the seed name_patterns.
found as (
    select
        cast(null as varchar) as words,
        cast(null as integer) as position
    where false
    {% for position, pattern in name_patterns() %}
        union all
        select
            words,
            {{ position }} as position
        from texts
        where {{ has_pattern('words', pattern) }}
    {% endfor %}
)

select
    names.asn,
    patterns.position,
    patterns.network_type,
    patterns.strength,
    min(names.name) as name,
    any_value(patterns.reason) as reason
from found
inner join {{ ref('name_patterns') }} as patterns on found.position = patterns.position
inner join names on found.words = names.words
group by names.asn, patterns.position, patterns.network_type, patterns.strength
