{{ config(materialized='table') }}

with networks as (
    select * from {{ ref('networks') }}
),

overrides as (
    select * from {{ ref('stg_operator__overrides') }}
),

prefixes as (
    select distinct
        prefix,
        first_address,
        last_address
    from overrides
    where prefix is not null
)

select
    networks.network_key,
    cast(null as varchar) as "override",
    overrides.network_type,
    overrides.reason,
    overrides.author,
    overrides.decided_on,
    overrides.expires_on,
    case when overrides.asn is not null then 2 else 3 end as precedence,
    0 as prefixes_between
from overrides
inner join networks
    on overrides.asn = networks.asn or overrides.organisation = networks.organisation
where overrides.prefix is null

union all

-- An address carries its longest prefix alone: on days without a decision on that one, a decision around it holds.
select
    null as network_key,
    prefixes.prefix as "override",
    overrides.network_type,
    overrides.reason,
    overrides.author,
    overrides.decided_on,
    overrides.expires_on,
    1 as precedence,
    dense_rank() over (
        partition by prefixes.prefix order by overrides.first_address desc, overrides.last_address
    ) - 1 as prefixes_between
from prefixes
inner join overrides
    on prefixes.first_address >= overrides.first_address and prefixes.last_address <= overrides.last_address
order by all
