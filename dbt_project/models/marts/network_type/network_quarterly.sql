with cells as (
    {{ measured_cells(
        keys=['quarter', 'network_type', 'network_key'],
        shares_of=['quarter'],
        covered_by=['quarter'],
        complements=[['quarter', 'network_type'], ['quarter']],
        dominance='whole_bits'
    ) | indent(4) }}
),

networks as (
    select * from {{ ref('networks') }}
)

select
    cells.quarter,
    cells.quarter_began_on,
    cells.network_type,
    cells.network_key,
    networks.name,
    {{ measured_columns('cells') }},
    case
        when not cells.is_suppressed
            then row_number() over (
                partition by cells.quarter, cells.is_suppressed order by cells.bits desc, cells.network_key
            )
    end as position
from cells
inner join networks on cells.network_key = networks.network_key
order by cells.quarter, position, cells.network_type, cells.network_key
