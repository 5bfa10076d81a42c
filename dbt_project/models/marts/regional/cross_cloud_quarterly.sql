{%- set clouds = "network_type in (select network_type from " ~ ref('share_groups')
    ~ " where share_group = 'other_clouds')" %}
{%- set provider = "case when cloud is not null then cloud when " ~ clouds ~ " then network_key else 'elsewhere' end" %}

with cells as (
    {{ measured_cells(
        keys=['quarter', 'provider', 'region_of_cloud'],
        shares_of=['quarter'],
        covered_by=['quarter'],
        derived={
            'provider': "case when network_key = 'withheld' or (cloud is not null and not is_cloud_told) then 'withheld' else "
            ~ provider ~ " end",
            'region_of_cloud': "case when network_key = 'withheld' or (cloud is not null and not is_cloud_told) "
            ~ "then 'withheld' else coalesce(cloud_region, 'unknown') end"
        },
        derived_named={'provider': provider, 'region_of_cloud': "coalesce(cloud_region, 'unknown')"}
    ) | indent(4) }}
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
