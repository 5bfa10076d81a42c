{{ config(materialized='table') }}

with networks as (
    select * from {{ ref('networks') }}
),

overrides as (
    select * from {{ ref('stg_operator__overrides') }}
)

select
    networks.network_key,
    cast(null as varchar) as "override",
    overrides.network_type,
    overrides.reason,
    overrides.author,
    overrides.decided_on,
    overrides.expires_on,
    case when overrides.asn is not null then 2 else 3 end as precedence
from overrides
inner join networks
    on overrides.asn = networks.asn or overrides.organisation = networks.organisation
where overrides.prefix is null

union all

select
    null as network_key,
    overrides.prefix as "override",
    overrides.network_type,
    overrides.reason,
    overrides.author,
    overrides.decided_on,
    overrides.expires_on,
    1 as precedence
from overrides
where overrides.prefix is not null
order by all
