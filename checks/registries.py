"""Whether the registries are as fresh as the traffic that they explain, could be pulled, and go on as they were.

Belongs here: snapshots, pulls, and the plan that is made of them. Does not belong here: types of networks
(checks.classification).
"""

from pathlib import Path

import dagster as dg

from assets.ground.paths_in_sql import as_pattern, within_quotes
from assets.ground.workspace import Workspace
from assets.registry.keys import NETWORK_EVIDENCE
from checks._topic import LakeCheck, at_most, guard, together

SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"
AT_FAULT = """
    select source, outcome, reason, as_of, is_at_fault::integer as pulls_at_fault
    from read_parquet('{registry/pulls}') order by source
"""
ROWS = """
    with files as (
        select
            regexp_extract(file_name, 'registry/([^/]+)/as_of=', 1) as table_name,
            regexp_extract(file_name, 'as_of=([0-9-]+)/', 1)::date as as_of,
            num_rows
        from parquet_file_metadata('{lake}/registry/*/as_of=*/*.parquet')
    ),
    followed as (
        select *, lag(num_rows) over (partition by table_name order by as_of) as rows_before from files
    )
    select
        followed.table_name, followed.as_of, followed.num_rows, followed.rows_before,
        coalesce(abs(followed.num_rows - followed.rows_before) / nullif(followed.rows_before, 0), 0) as changed_share
    from followed
    inner join read_parquet('{registry/pulls}') as pulls
        on pulls.is_used
        and followed.as_of = pulls.as_of
        and (followed.table_name = pulls.source or starts_with(followed.table_name, pulls.source || '_'))
    order by followed.table_name
"""
AGES = """
    select pulls.source, pulls.as_of, pulls.confirmed_on,
        greatest(0, traffic.last_on - pulls.confirmed_on)::integer as age_days
    from read_parquet('{registry/pulls}') as pulls, (select max(export_on) as last_on from core.export_files) as traffic
    where pulls.is_used and pulls.source <> 'special_purpose' order by pulls.source
"""


NEWEST_PLANS = """
    plans as (
        select *, dense_rank() over (order by plan_as_of desc) as age
        from read_parquet('{lake}/registry/address_ranges/*/*.parquet', hive_partitioning = true)
    )
"""
DISJOINT = f"""
    with {NEWEST_PLANS},
    followed as (
        select plan_as_of, first_address, last_address,
            lag(last_address) over (order by first_address, last_address) as last_before
        from plans where age = 1
    )
    select plan_as_of, count(*) as ranges,
        count(*) filter (where last_address < first_address or last_before >= first_address) as ranges_at_fault,
        min(hex(first_address)) filter (where last_address < first_address or last_before >= first_address) as first_at
    from followed group by plan_as_of
"""
IPV4_ADDRESSES = """
    ('0x' || hex(last_address[13:16]))::bigint - ('0x' || hex(first_address[13:16]))::bigint + 1
"""
LARGEST = f"""
    with {NEWEST_PLANS}
    select plan_as_of, origin_as, sum({IPV4_ADDRESSES}) / 4294967296.0 as share_of_ipv4
    from plans where age = 1 and ip_version = 4 and origin_as is not null
    group by all order by share_of_ipv4 desc limit 100
"""
# Of networks with many addresses alone: small ones are renumbered often.
MOVED = f"""
    with {NEWEST_PLANS},
    sizes as (
        select plan_as_of, age, origin_as, sum({IPV4_ADDRESSES}) as addresses
        from plans where age <= 2 and ip_version = 4 and origin_as is not null group by all
    )
    select before.plan_as_of as plan_before, before.origin_as, before.addresses as addresses_before,
        coalesce(after.addresses, 0) as addresses,
        1 - least(1, coalesce(after.addresses, 0) / before.addresses) as share_lost
    from sizes as before
    left join sizes as after on after.age = 1 and before.origin_as = after.origin_as
    where before.age = 2 and before.addresses >= 65536
    order by share_lost desc, before.addresses desc limit 1000
"""
REGIONAL = """
    with answered as (
        select distinct split_part(holder, ':', 1) as registry
        from read_parquet('{registry/rir_delegated}')
    )
    select expected.registry, (answered.registry is null)::integer as is_missing
    from (values ('afrinic'), ('apnic'), ('arin'), ('lacnic'), ('ripencc')) as expected (registry)
    left join answered on expected.registry = answered.registry
    order by is_missing desc, expected.registry
"""


# What a list says counts by its kind and value (registry_labels), or by its kind where it counts (hosting_evidence).
LISTS = """
    with newest as (
        select * from read_parquet('{evidence}') where starts_with(source, 'labels:')
    ),
    words as (select distinct kind, value from read_csv('{seeds}/registry_labels.csv') where source = 'labels'),
    counts as (select distinct kind from read_csv('{seeds}/hosting_evidence.csv'))
    select newest.source, count(*) as rows_of_list, min(newest.kind) as a_kind, min(newest.value) as a_value,
        (count(words.kind) + count(counts.kind) = 0)::integer as says_nothing
    from newest
    left join words on newest.kind = words.kind and newest.value = words.value
    left join counts on newest.kind = counts.kind and newest.number is not null
    group by newest.source order by says_nothing desc, newest.source
"""


def _lists(workspace: Workspace) -> str:
    """The operator's own lists in the newest evidence; no rows where there are none."""
    newest = workspace.lake.partitions(NETWORK_EVIDENCE, "as_of")
    if not newest:
        return "select null as source, 0 as says_nothing where false"
    evidence = as_pattern(workspace.lake.path(NETWORK_EVIDENCE, newest[-1]))
    return LISTS.replace("{evidence}", within_quotes(evidence)).replace("{seeds}", within_quotes(as_pattern(SEEDS)))


def _regional(workspace: Workspace) -> str:
    """The five registries of the newest snapshot; no rows where they are not among the operator's sources."""
    snapshots = workspace.lake.partitions(("registry", "rir_delegated"), "as_of")
    if not snapshots:
        return "select null as registry, 0 as is_missing where false"
    newest = workspace.lake.path(("registry", "rir_delegated"), snapshots[-1])
    return REGIONAL.replace("{registry/rir_delegated}", within_quotes(as_pattern(newest)))


PULLED = "registry/pulls"
PLAN = "registry/address_ranges"
CHECKS = (
    guard(
        "registries.pulls_succeed",
        PULLED,
        "No registry's last pull failed or was refused.",
        AT_FAULT,
        at_most("pulls_at_fault"),
        "`netstats registries` says what is in force, and what to do about each reason",
        kind=LakeCheck,
    ),
    guard(
        "registries.rows_continue",
        PULLED,
        "The part by which each table in force has more or fewer rows than its snapshot before.",
        ROWS,
        at_most("changed_share"),
        "look at the source; if it holds what it should, nothing needs to be done",
        kind=LakeCheck,
    ),
    guard(
        "registries.all_regional_registries_answer",
        PULLED,
        "All five regional registries are in the newest delegations, where these are used.",
        _regional,
        at_most("is_missing"),
        "`netstats registries` pulls them again; name the NRO's file of all five as the address",
        kind=LakeCheck,
        may_be_empty=True,
    ),
    guard(
        "registries.lists_say_something",
        "registry/network_evidence",
        "Every list of labels that the operator names has a word or a count that a type follows from.",
        _lists,
        at_most("says_nothing"),
        "give its kinds and values rows in the seed registry_labels or hosting_evidence, or write types of networks",
        kind=LakeCheck,
        may_be_empty=True,
    ),
    guard(
        "registries.ranges_are_disjoint",
        PLAN,
        "No address is in two ranges of the newest plan, and no range ends before it begins.",
        DISJOINT,
        at_most("ranges_at_fault"),
        "this is a fault of the platform: keep the state, and report it with these rows",
        kind=LakeCheck,
    ),
    guard(
        "registries.no_network_holds_too_much",
        PLAN,
        "The part of all IPv4 addresses that the newest plan gives to one network.",
        LARGEST,
        at_most("share_of_ipv4"),
        "take the table that holds the default route or leak out of `registries`, or name a newer one",
        kind=LakeCheck,
        may_be_empty=True,
    ),
    guard(
        "registries.origins_go_on",
        PLAN,
        "The part of its addresses of the plan before that a network of a /16 or more lost.",
        MOVED,
        at_most("share_lost"),
        "look whether the networks were sold or the table is wrong; `netstats decide` keeps a type meanwhile",
        kind=LakeCheck,
        may_be_empty=True,
    ),
    guard(
        "registries.snapshots_are_fresh",
        "core/registry_sources",
        "How many days before the newest traffic each source last confirmed its snapshot in force.",
        AGES,
        at_most("age_days"),
        "`netstats registries` pulls them again; name a newer file where the address is a file",
    ),
)


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Pulls that failed, tables that jumped, snapshots that are old, plans that can't be right."""
    return together(workspace, CHECKS)
