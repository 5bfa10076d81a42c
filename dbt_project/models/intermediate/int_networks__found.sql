with networks as (
    select * from {{ ref('stg_registry__networks') }}
),

decisions as (
    select * from {{ ref('stg_operator__overrides') }}
    where {{ decided_on() }} between decided_on and expires_on
)

select
    networks.asn,
    'override' as rule,
    decisions.network_type,
    case when decisions.asn is not null then 1000000 else 0 end
    + date_diff('day', date '1970-01-01', decisions.decided_on) as strength,
    decisions.reason || ' (' || decisions.author || ', ' || decisions.decided_on || ')' as evidence
from decisions
inner join networks on decisions.asn = networks.asn or decisions.organisation = networks.organisation
where decisions.prefix is null

union all

select
    asn,
    'known_network' as rule,
    network_type,
    1 as strength,
    organisation || ': ' || evidence as evidence
from {{ ref('known_networks') }}

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
    asn,
    strength || '_name' as rule,
    network_type,
    -min(position) as strength,
    any_value(name) || ': ' || arg_min(reason, position) as evidence
from {{ ref('int_networks__names') }}
group by all

union all

select
    asn,
    rule,
    network_type,
    sources as strength,
    evidence
from {{ ref('int_networks__labels') }}
