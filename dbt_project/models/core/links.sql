{{ config(tags=['by_day']) }}

with links as (
    select * from {{ ref('int_links') }}
),

met as (
    select distinct link from {{ ref('int_traffic__spread') }}
)

select
    links.link,
    links.crossing,
    links.exporter,
    links.interface,
    links.provider_as,
    links.site,
    links.metro,
    links.region,
    links.connectivity,
    links.direction
from links
inner join met on links.link = met.link
{% if is_incremental() -%}
except
select
    link,
    crossing,
    exporter,
    interface,
    provider_as,
    site,
    metro,
    region,
    connectivity,
    direction
from {{ this }}
{% endif -%}
order by all
