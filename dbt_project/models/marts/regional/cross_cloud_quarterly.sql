with cells as (
    select * from {{ ref('measured_cells') }}
    where mart = 'cross_cloud_quarterly'
),

networks as (
    select
        published_key,
        min(name) as name
    from {{ ref('networks') }}
    group by published_key
)

-- What is withheld of clouds and of others lies together in no cell.
select
    cells.quarter,
    cells.quarter_began_on,
    cells.provider,
    coalesce(networks.name, cells.provider) as name,
    cells.region_of_cloud as cloud_region,
    {{ measured_columns('cells') }}
from cells
left join networks on cells.provider = networks.published_key
where cells.provider not in ('elsewhere', 'withheld')
order by cells.quarter, cells.provider, cells.region_of_cloud
