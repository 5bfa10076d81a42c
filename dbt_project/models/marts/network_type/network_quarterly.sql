with cells as (
    select * from {{ ref('measured_cells') }}
    where mart = 'network_quarterly'
),

known as (
    select * from {{ ref('networks') }}
),

types as (
    select * from {{ ref('quarter_types') }}
),

networks as (
    select
        published_key,
        min(name) as name
    from known
    group by published_key
),

-- The least confidence, where decisions on prefixes and the rules agree on the type.
confidences as (
    select
        types.quarter,
        types.network_type,
        known.published_key,
        min(types.confidence) as type_confidence
    from types
    inner join known on types.network_key = known.network_key
    where types.network_type != 'unclassified'
    group by all
)

select
    cells.quarter,
    cells.quarter_began_on,
    cells.network_type,
    cells.network_key,
    coalesce(networks.name, 'Withheld networks') as name,
    {{ measured_columns('cells') }},
    case when not cells.is_suppressed then confidences.type_confidence end as type_confidence,
    case
        when not cells.is_suppressed and cells.network_key != 'withheld'
            then row_number() over (
                partition by cells.quarter, cells.is_suppressed, cells.network_key = 'withheld'
                order by cells.bits desc, cells.network_key
            )
    end as position
from cells
left join networks on cells.network_key = networks.published_key
left join confidences
    on
        cells.quarter = confidences.quarter
        and cells.network_type = confidences.network_type
        and cells.network_key = confidences.published_key
order by cells.quarter, position, cells.network_type, cells.network_key
