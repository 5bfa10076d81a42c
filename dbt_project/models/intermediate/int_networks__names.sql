{{ config(materialized='table') }}

with networks as (
    select
        asn,
        name,
        organisation,
        {{ words_of("concat_ws(' ', name, nullif(organisation, name))") }} as words
    from {{ ref('stg_registry__networks') }}
),

-- One branch a row of the seed name_patterns.
found as (
    select
        cast(null as bigint) as asn,
        cast(null as integer) as position
    where false
    {% for position, pattern in name_patterns() %}
        union all
        select
            asn,
            {{ position }} as position
        from networks
        where {{ has_pattern('words', pattern) }}
    {% endfor %}
)

select
    found.asn,
    patterns.position,
    patterns.network_type,
    patterns.strength,
    concat_ws(' / ', networks.name, nullif(networks.organisation, networks.name)) as name,
    patterns.reason
from found
inner join {{ ref('name_patterns') }} as patterns on found.position = patterns.position
inner join networks on found.asn = networks.asn
