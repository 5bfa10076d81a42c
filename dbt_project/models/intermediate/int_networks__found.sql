with networks as (
    select * from {{ ref('stg_registry__networks') }}
),

outranked as (
    select * from {{ ref('int_networks__outranked') }}
),

customers as (
    select * from {{ ref('int_networks__customers') }}
),

types as (
    select * from {{ ref('network_types') }}
),

decisions as (
    select * from {{ ref('stg_operator__overrides') }}
    where {{ decided_on() }} between decided_on and expires_on
)

-- A decision on an AS holds whether a registry names the AS or not.
select
    coalesce(decisions.asn, networks.asn) as asn,
    'override' as rule,
    decisions.network_type,
    case when decisions.asn is not null then 1000000 else 0 end
    + date_diff('day', date '1970-01-01', decisions.decided_on) as strength,
    decisions.reason || ' (' || decisions.author || ', ' || decisions.decided_on || ')' as evidence
from decisions
left join networks on decisions.organisation = networks.organisation
where decisions.prefix is null and coalesce(decisions.asn, networks.asn) is not null

union all

select
    asn,
    'known_network' as rule,
    network_type,
    1 as strength,
    organisation || ': ' || evidence as evidence
from {{ ref('int_networks__known') }}

union all

select
    asn,
    rule,
    network_type,
    1 as strength,
    evidence
from {{ ref('int_networks__topology') }}

union all

select
    names.asn,
    case when outranked.kin is not null then 'outranked_name' else names.strength || '_name' end as rule,
    names.network_type,
    -min(names.position) as strength,
    arg_min(names.name, names.position) || ': ' || arg_min(names.reason, names.position) as evidence
from {{ ref('int_networks__names') }} as names
inner join types on names.network_type = types.network_type
left join outranked on names.asn = outranked.asn and types.kin = outranked.kin
left join customers on names.asn = customers.asn
where names.strength != 'company' or customers.customers < {{ customers_of_a_carrier() }}
group by all

union all

select
    asn,
    'hosted_sites' as rule,
    network_type,
    strength,
    evidence
from {{ ref('int_networks__hosted') }}

union all

select
    asn,
    rule,
    network_type,
    sources as strength,
    evidence
from {{ ref('int_networks__labels') }}
