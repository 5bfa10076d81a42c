"""Whether networks have the right type, as far as that can be told.

Belongs here: types of networks. Does not belong here: who holds which prefix (checks.registries).
"""

import dagster as dg

from assets.ground.workspace import Workspace
from checks._series import HEARD_DAYS, RECENT, unusual
from checks._topic import at_least, at_most, guard, together

CLASSIFIED_SHARE = """
    select
        quarter,
        coalesce(sum(bits) filter (where network_type != 'unclassified'), 0)::double / sum(bits)::double
            as classified_share
    from core.typed_traffic_bins group by quarter having sum(bits) > 0 order by quarter
"""
KNOWN_NETWORKS = """
    select
        known_networks.asn,
        known_networks.organisation,
        known_networks.network_type as known_type,
        networks.network_type,
        (networks.network_type is distinct from known_networks.network_type)::integer as has_another_type
    from seeds.known_networks
    left join core.networks on networks.network_key = 'as:' || known_networks.asn
    where networks.network_key is not null
        and coalesce(networks.snapshot_on, date '9999-12-31')
        between coalesce(known_networks.valid_from, date '0001-01-01')
        and coalesce(known_networks.valid_to, date '9999-12-31')
    order by known_networks.asn
"""


NAMES_BY_WORDS = """
    with known as (
        select
            known_networks.asn, known_networks.organisation, known_networks.name_in_registry,
            networks.name, networks.organisation as organisation_now,
            regexp_replace(lower(strip_accents(
                concat_ws(' ', networks.name, networks.organisation))), '[^a-z0-9]+', '', 'g') as called_now,
            unnest(string_split(trim(regexp_replace(lower(strip_accents(
                known_networks.organisation || ' ' || known_networks.name_in_registry)), '[^a-z0-9]+', ' ', 'g')), ' '))
                as word
        from seeds.known_networks
        inner join core.networks on networks.network_key = 'as:' || known_networks.asn
        where networks.snapshot_on
            between coalesce(known_networks.valid_from, date '0001-01-01')
            and coalesce(known_networks.valid_to, date '9999-12-31')
    )
    select
        asn, organisation, name_in_registry, name, organisation_now,
        (not bool_or(contains(called_now, word) and length(word) > 2 and word not in {every_name}))::integer
            as has_another_holder
    from known group by all order by asn
"""
# Words that names of any two networks share.
EVERY_NAME = (
    *("the", "and", "inc", "llc", "ltd", "gmbh", "bhd", "sas", "corp", "corporation", "company", "limited", "group"),
    *("services", "technologies", "technology", "communications", "network", "networks", "internet", "cloud", "asn"),
)
DECISIONS = """
    with reached as (
        select overrides.*, coalesce(
            overrides.prefix is not null and exists (
                select 1 from core.network_keys where network_keys."override" = overrides.prefix),
            false
        ) or exists (
            select 1 from core.networks
            where networks.asn = overrides.asn or networks.organisation = overrides.organisation
        ) as matches
        from read_parquet('{operator/overrides}') as overrides
    )
    select prefix, asn, organisation, network_type, decided_on, (not matches)::integer as matches_nothing
    from reached
    union all
    select null, null, 'no decisions', null, null, 0 where not exists (select 1 from reached)
    order by all
"""
NAMES = NAMES_BY_WORDS.replace("{every_name}", str(EVERY_NAME))
# Regions that move a hundredth of the quarter or more.
REGIONS = f"""
    with bits as (
        select quarter, region, sum(bits)::double as bits,
            coalesce(sum(bits) filter (where network_type != 'unclassified'), 0)::double as classified
        from core.typed_traffic_bins where {RECENT} group by all
    ),
    shares as (select *, bits / nullif(sum(bits) over (partition by quarter), 0) as share_of_quarter from bits)
    select quarter, region, classified / bits as classified_share
    from shares where share_of_quarter >= 0.01 order by classified_share, quarter, region
"""
# What is seen on few days of the quarter before, or of which there is none, was not missed by it.
NETWORKS = f"""
    networks as (
        select date_trunc('quarter', event_on)::date as began_on, network_key, sum(bits)::double as bits
        from core.placed_traffic_bins
        where {RECENT} and network_key not like 'link:%' and network_key not in ('own', 'unknown')
        group by all
    ),
    totals as (
        select date_trunc('quarter', event_on)::date as began_on, sum(bits)::double as bits,
            count(distinct event_on) as days
        from core.placed_traffic_bins where {RECENT} group by all
    ),
    pairs as (
        select today.began_on, today.bits as bits, before.began_on as began_before
        from totals as today
        inner join totals as before on before.began_on = today.began_on - interval 3 month
        where today.days >= 7 and before.days >= 28
    )
"""
CHANGED_TYPES = f"""
    with {NETWORKS},
    types as (
        select quarter, network_key, any_value(network_type) as network_type
        from core.network_types_by_quarter where "override" is null group by all
    )
    select types.quarter, networks.network_key, types.network_type, before.network_type as type_before,
        case when types.network_type <> before.network_type then networks.bits / pairs.bits else 0 end
            as share_of_changed
    from networks
    inner join pairs using (began_on)
    inner join types
        on networks.network_key = types.network_key
        and types.quarter = year(pairs.began_on) || 'Q' || quarter(pairs.began_on)
    inner join types as before
        on networks.network_key = before.network_key
        and before.quarter = year(pairs.began_before) || 'Q' || quarter(pairs.began_before)
    order by share_of_changed desc, types.quarter, networks.network_key limit 1000
"""
NEW_NETWORKS = f"""
    with {NETWORKS}
    select pairs.began_on as quarter_began_on, networks.network_key,
        case when before.network_key is null then networks.bits / pairs.bits else 0 end as share_of_new
    from networks
    inner join pairs using (began_on)
    left join networks as before
        on pairs.began_before = before.began_on and networks.network_key = before.network_key
    order by share_of_new desc, networks.network_key limit 1000
"""
GUESSED = """
    with bits as (
        select year(event_on) || 'Q' || quarter(event_on) as quarter, network_key, sum(bits)::double as bits
        from core.placed_traffic_bins where {recent} group by all
    )
    select bits.quarter,
        coalesce(sum(bits.bits) filter (where networks.confidence < 0.5 and networks.network_type <> 'unclassified'), 0)
        / sum(bits.bits) as share_guessed
    from bits inner join core.networks as networks using (network_key)
    group by bits.quarter having sum(bits.bits) > 0 order by share_guessed desc, bits.quarter
""".replace("{recent}", RECENT)
# Types that move a hundredth of the day or more; days on which every router was heard as usual.
TYPES = unusual(
    f"""
        with heard as (select export_on, count(*) as exporters from ({HEARD_DAYS}) group by all),
        whole as (select export_on from heard where exporters = (select max(exporters) from heard)),
        days as (
            select export_on, network_type as member, sum(bits)::double as amount
            from core.typed_traffic_bins semi join whole using (export_on)
            where {RECENT} and network_type not in ('unclassified', 'migration') group by all
        ),
        shares as (select *, sum(amount) over (partition by member) / sum(amount) over () as share from days)
        select export_on, member, amount from shares where share >= 0.01
    """,
    "member",
)
NETWORKS_TABLE = "core/networks"
CHECKS = (
    guard(
        "classification.classified_share_of_bits",
        NETWORKS_TABLE,
        "The part of a quarter's bits whose network has a type.",
        CLASSIFIED_SHARE,
        at_least("classified_share"),
        "`netstats review` lists the networks to decide on; a full registry (iptoasn) knows most of them",
    ),
    guard(
        "classification.regions_are_classified",
        NETWORKS_TABLE,
        "The part of a region's bits of a quarter whose network has a type.",
        REGIONS,
        at_least("classified_share"),
        "`netstats review` lists the networks to decide on; the region's share by type says little until then",
        may_be_empty=True,
    ),
    guard(
        "classification.known_networks_keep_their_type",
        NETWORKS_TABLE,
        "Every network whose type was reviewed by hand has that type by the rules.",
        KNOWN_NETWORKS,
        at_most("has_another_type"),
        "take back the override or registry that gives them another type, or mend their row in the seed",
    ),
    guard(
        "classification.known_networks_have_their_holder",
        NETWORKS_TABLE,
        "The registry in force calls each reviewed network by a word of its name at the review.",
        NAMES,
        at_most("has_another_holder"),
        "give the row of the seed known_networks a valid_to, and the new holder a row of its own",
    ),
    guard(
        "classification.decisions_match",
        NETWORKS_TABLE,
        "Every row of overrides.csv is on a network that registries or traffic know.",
        DECISIONS,
        at_most("matches_nothing"),
        "`netstats decide` names what a decision matches; take the row out, or correct it",
    ),
    guard(
        "classification.large_networks_keep_their_type",
        "core/traffic_bins",
        "The part of a quarter's bits of a network that had another type in the quarter before.",
        CHANGED_TYPES,
        at_most("share_of_changed"),
        "`netstats classify` tells why; if the new type is right, the comparison names it, else `netstats decide`",
        may_be_empty=True,
    ),
    guard(
        "classification.large_networks_were_seen_before",
        "core/traffic_bins",
        "The part of a quarter's bits of a network that had no traffic in the quarter before.",
        NEW_NETWORKS,
        at_most("share_of_new"),
        "look whether the network is new or traffic got another name; `netstats classify` tells what names it",
        may_be_empty=True,
    ),
    guard(
        "classification.confidence_is_high",
        NETWORKS_TABLE,
        "The part of a quarter's bits whose type is of a rule with a confidence below one half.",
        GUESSED,
        at_most("share_guessed"),
        "`netstats review` lists these networks by bits; decide on the largest",
    ),
    guard(
        "classification.types_are_usual",
        "core/traffic_bins",
        "How far a type's bits of a day are from those of the same weekday of the weeks before (robust z).",
        TYPES,
        at_most("robust_z"),
        "find the network behind it (`netstats review`): traffic that came or went, or another name for it",
        may_be_empty=True,
    ),
)


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """How much is classified, and whether networks keep their type from one quarter to the next."""
    return together(workspace, CHECKS)
