with cells as (
    {{ measured_cells(
        keys=['quarter', 'provider', 'region_of_cloud'],
        shares_of=['quarter'],
        covered_by=['quarter'],
        complements=[['quarter', 'provider'], ['quarter']],
        derived={
            'provider': "case when cloud is not null then cloud when network_type in (select network_type from "
            ~ ref('share_groups') ~ " where share_group = 'other_clouds') then network_key else 'elsewhere' end",
            'region_of_cloud': "coalesce(cloud_region, 'unknown')"
        },
        dominance='whole_bits'
    ) | indent(4) }}
),

networks as (
    select * from {{ ref('networks') }}
)

select
    cells.quarter,
    cells.quarter_began_on,
    cells.provider,
    coalesce(networks.name, cells.provider) as name,
    cells.region_of_cloud as cloud_region,
    {{ measured_columns('cells') }}
from cells
left join networks on cells.provider = networks.network_key
where cells.provider != 'elsewhere'
order by cells.quarter, cells.provider, cells.region_of_cloud
