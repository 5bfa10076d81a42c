{{ config(tags=['by_day'], post_hook='{{ add_links_of_wide_facts() }}') }}

with links as (
    select * from {{ ref('int_links') }}
),

met as (
    select distinct link from {{ ref('int_traffic__spread') }}
)

-- A link that is known is not written again; another one of the same key is, and then fails the test of the key.
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
from links
semi join met using (link)
{% if is_incremental() %}
    where not exists (
        select 1 from {{ this }} as known
        where {{ is_same_row('known', 'links', [
            'link', 'exporter', 'interface', 'provider_as', 'site', 'metro', 'region', 'connectivity', 'direction'
        ]) }}
    )
{% endif %}
order by all
