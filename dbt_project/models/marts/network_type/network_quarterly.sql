with cells as (
    {{ measured_cells(
        keys=['quarter', 'network_type', 'network_key'],
        shares_of=['quarter'],
        covered_by=['quarter']
    ) | indent(4) }}
),

networks as (
    select
        published_key,
        min(name) as name
    from {{ ref('networks') }}
    group by published_key
)

select
    cells.quarter,
    cells.quarter_began_on,
    cells.network_type,
    cells.network_key,
    coalesce(networks.name, 'Withheld networks') as name,
    {{ measured_columns('cells') }},
    case
        when not cells.is_suppressed and cells.network_key != 'withheld'
            then row_number() over (
                partition by cells.quarter, cells.is_suppressed, cells.network_key = 'withheld'
                order by cells.bits desc, cells.network_key
            )
    end as position
from cells
left join networks on cells.network_key = networks.published_key
order by cells.quarter, position, cells.network_type, cells.network_key
