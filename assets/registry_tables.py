"""registry/<source>, registry/networks, registry/network_evidence, registry/sources and registry/address_ranges.

Belongs here: which snapshots are kept and the plan made of them. Does not belong here: a source's format or the rules
of the plan (assets.registries).
"""

from collections.abc import Iterator, Mapping
from datetime import date

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from assets.lake import Lake, Partition, fingerprint_of
from assets.operator_folder import Operator, load_operator, operator_tables
from assets.registries import sources
from assets.registries._address_plan import AddressPlan
from assets.registries._networks import merge_evidence
from assets.registries._registry import NETWORKS, Source
from assets.workspace import Workspace

DEFAULT_SOURCES = ("ip_to_asn",)
ALWAYS = ("special_purpose",)
ADDRESS_RANGES = ("registry", "address_ranges")
SOURCES = ("registry", "sources")
SOURCE_COLUMNS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("producer", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("address", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("citation", pa.string(), nullable=False),
        pa.field("may_be_redistributed", pa.bool_(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("visible_credit", pa.string()),
        pa.field("visible_credit_address", pa.string()),
    ]
)


def sources_in_use(operator: Operator) -> list[Source]:
    """The sources that the operator names, or the default ones."""
    named = [*([registry.name for registry in operator.registries] or DEFAULT_SOURCES), *ALWAYS]
    known = sources()
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ValueError(
            f"{operator.folder}/operator.yaml, registries: no source is named {', '.join(unknown)}; "
            f"known are {', '.join(sorted(known))}"
        )
    return [known[name] for name in dict.fromkeys(named)]


def keep_snapshot(lake: Lake, source: Source) -> date:
    """Keep the source's tables in the lake under their date, unless they are there; return the date."""
    if source.bundled_as_of is None:
        raise ValueError(f"registry {source.name} has no snapshot; take it out of operator.yaml's registries")
    as_of = source.bundled_as_of
    partition = Partition("as_of", as_of)
    told = fingerprint_of(source.name, as_of, [path.name for path in source.bundled])
    for table in source.tables:
        key = ("registry", _snapshot_name(source, table))
        if lake.fingerprint(key, partition) != told:
            lake.write(key, source.read_bundled()[table], fingerprint=told, partition=partition)
    return as_of


def _snapshot_name(source: Source, table: str) -> str:
    """`registry/<source>` holds its main table; a second one says what it is."""
    return source.name if table == source.tables[0] else f"{source.name}_{table}"


def make_networks(lake: Lake, snapshots: Mapping[str, date]) -> pa.Table:
    """registry/networks of the newest snapshots: one row an AS, from the first source that has it."""
    found: dict[int, dict[str, object]] = {}
    newest = max(snapshots.values())
    for source in sources().values():
        if source.name not in snapshots or "networks" not in source.tables:
            continue
        table = lake.read(("registry", _snapshot_name(source, "networks")), Partition("as_of", snapshots[source.name]))
        for row in table.to_pylist():
            found.setdefault(row["asn"], row)
    networks = pa.Table.from_pylist([found[asn] for asn in sorted(found)], schema=NETWORKS)
    lake.write(
        ("registry", "networks"),
        networks,
        fingerprint=fingerprint_of(sorted(snapshots.items())),
        partition=Partition("as_of", newest),
    )
    return networks


def make_evidence(lake: Lake, snapshots: Mapping[str, date]) -> pa.Table:
    """registry/network_evidence of the newest snapshots; empty without a source that has some."""
    newest = max(snapshots.values())
    told = [
        lake.read(("registry", _snapshot_name(source, "network_evidence")), Partition("as_of", snapshots[source.name]))
        for source in sources().values()
        if source.name in snapshots and "network_evidence" in source.tables
    ]
    evidence = merge_evidence(newest, told)
    lake.write(
        ("registry", "network_evidence"),
        evidence,
        fingerprint=fingerprint_of(sorted(snapshots.items())),
        partition=Partition("as_of", newest),
    )
    return evidence


def make_plan(lake: Lake, operator: Operator, snapshots: Mapping[str, date]) -> tuple[date, pa.Table]:
    """The address plan of the newest snapshots and the operator's own prefixes and overrides."""
    plan_as_of = max(snapshots.values())
    partition = Partition("plan_as_of", plan_as_of)
    told = fingerprint_of(
        sorted(snapshots.items()),
        [str(own.prefix) for own in operator.own_prefixes],
        [str(override) for override in operator.overrides],
    )
    if lake.fingerprint(ADDRESS_RANGES, partition) == told:
        return plan_as_of, lake.read(ADDRESS_RANGES, partition)
    yielded = {
        table: [
            lake.read(("registry", _snapshot_name(source, table)), Partition("as_of", snapshots[source.name]))
            for source in sources_in_use(operator)
            if table in source.tables
        ]
        for table in ("prefix_origins", "cloud_ranges", "special_ranges", "delegations")
    }
    tables = operator_tables(operator)
    plan = AddressPlan.build(
        plan_as_of,
        prefix_origins=yielded["prefix_origins"],
        own_prefixes=tables["own_prefixes"],
        overrides=tables["overrides"],
        cloud_ranges=_one(yielded["cloud_ranges"]),
        special_ranges=_one(yielded["special_ranges"]),
        delegations=_one(yielded["delegations"]),
    )
    lake.write(ADDRESS_RANGES, plan.table, fingerprint=told, partition=partition)
    return plan_as_of, plan.table


def _one(tables: list[pa.Table]) -> pa.Table | None:
    return pa.concat_tables(tables) if tables else None


def write_sources(lake: Lake, used: list[Source], snapshots: Mapping[str, date]) -> pa.Table:
    """registry/sources: where each source in use comes from, for footers and credits."""
    rows = [
        {
            "source": source.name,
            "producer": source.origin.producer,
            "title": source.origin.title,
            "address": source.origin.address,
            "licence": source.origin.licence,
            "citation": source.origin.citation,
            "may_be_redistributed": source.origin.may_be_redistributed,
            "as_of": snapshots[source.name],
            "visible_credit": source.origin.visible_credit,
            "visible_credit_address": source.origin.visible_credit_address,
        }
        for source in used
    ]
    table = pa.Table.from_pylist(rows, schema=SOURCE_COLUMNS)
    lake.write(SOURCES, table, fingerprint=fingerprint_of(rows))
    return table


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """One asset a source found, then what is made of them."""
    lake = workspace.lake
    names = sorted(sources())

    @dg.multi_asset(
        name="registry_snapshots",
        specs=[
            *(
                dg.AssetSpec(dg.AssetKey(["registry", name]), group_name="registry", kinds={"parquet"})
                for name in names
            ),
            dg.AssetSpec(dg.AssetKey(SOURCES), group_name="registry", kinds={"parquet"}),
            dg.AssetSpec(dg.AssetKey(["registry", "networks"]), group_name="registry", kinds={"parquet"}),
            dg.AssetSpec(dg.AssetKey(["registry", "network_evidence"]), group_name="registry", kinds={"parquet"}),
        ],
    )
    def registry_snapshots() -> Iterator[dg.MaterializeResult]:
        used = sources_in_use(load_operator(workspace.operator_folder))
        snapshots = {source.name: keep_snapshot(lake, source) for source in used}
        for name in names:
            told = f"snapshot of {snapshots[name]}" if name in snapshots else "not used by this operator"
            yield dg.MaterializeResult(asset_key=dg.AssetKey(["registry", name]), metadata={"snapshot": told})
        table = write_sources(lake, used, snapshots)
        yield dg.MaterializeResult(asset_key=dg.AssetKey(SOURCES), metadata={"dagster/row_count": table.num_rows})
        networks = make_networks(lake, snapshots)
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["registry", "networks"]), metadata={"dagster/row_count": networks.num_rows}
        )
        evidence = make_evidence(lake, snapshots)
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["registry", "network_evidence"]), metadata={"dagster/row_count": evidence.num_rows}
        )

    @dg.asset(
        key=dg.AssetKey(ADDRESS_RANGES),
        deps=[
            dg.AssetKey(SOURCES),
            dg.AssetKey(["operator", "own_prefixes"]),
            dg.AssetKey(["operator", "overrides"]),
        ],
        group_name="registry",
        kinds={"parquet"},
        description="The address plan: one row per range of addresses, disjoint and sorted, with its origin AS.",
    )
    def address_ranges() -> dg.MaterializeResult:
        operator = load_operator(workspace.operator_folder)
        snapshots = {row["source"]: row["as_of"] for row in lake.read(SOURCES).to_pylist()}
        plan_as_of, table = make_plan(lake, operator, snapshots)
        origins = pc.count_distinct(table["origin_as"]).as_py()
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": table.num_rows,
                "plan_as_of": str(plan_as_of),
                "origin_as_numbers": origins,
            }
        )

    return [registry_snapshots, address_ranges]
