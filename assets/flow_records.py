"""exports/flow_records and exports/export_health: a day's exports decoded and resolved, and what came and was lost.

Belongs here: which files, plan and decoder state make a day, and writing it. Does not belong here: how exports are
decoded (assets.formats) or addresses looked up (assets.registries).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from assets import flow_exports, formats
from assets.export_days import copies_gone, counted_contents, files_that_count, hash_of_contents
from assets.export_rows import Row, kept_path
from assets.formats._flow_record import FLOW_RECORD
from assets.lake import CONTENT, Lake, Partition, fingerprint_of, fingerprint_of_files
from assets.progress import Progress
from assets.registries._address_plan import AddressPlan
from assets.registries._addresses import parse_address, sixteen_bytes
from assets.workspace import Workspace

RECORDS = ("exports", "flow_records")
HEALTH = ("exports", "export_health")
STATE = ("exports", "decoder_state")
LOSSES = ("exports", "export_losses")
ADDRESS_RANGES = ("registry", "address_ranges")
RESOLVED_WITH = b"network_stats.resolved_with"
"""What flow_records say of the plan whose ranges they name: its date, and the hash of its rows."""
COUNTED = b"network_stats.counted"
"""What flow_records say of the contents that they were made from, as assets.export_days does of those that count."""
DECODED_FROM = ("source_file", "content_sha256", "exporter_hint", "is_scaled", "format")
"""What of a file's row its records follow from; not how it is compressed or where it is offered."""
PROBLEMS_SHOWN = 20
FORMATS = Path(formats.__file__).parent
EXPORT_LOSSES = pa.schema(
    [
        pa.field("export_on", pa.date32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_file", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("count", pa.uint64(), nullable=False),
        pa.field("leaves_file_incomplete", pa.bool_(), nullable=False),
        pa.field("remedy", pa.string(), nullable=False),
    ]
)
"""One row per file of a day and reason: what of it did not become flow records (assets/formats/_losses.py)."""
DECODER_STATE = pa.schema([pa.field("state", pa.large_binary(), nullable=False)])


@dataclass(frozen=True)
class Inputs:
    """What a day's records are made from; the same inputs give the same bytes."""

    export_on: date
    files: list[dict[str, Any]]
    plan_as_of: date
    resolved_with: str
    state_before: bytes | None
    fingerprint: str

    @property
    def partition(self) -> Partition:
        return Partition("export_on", self.export_on)

    @property
    def contents(self) -> list[str]:
        return [row["content_sha256"] for row in self.files]


def inputs_of_day(lake: Lake, export_on: date, code: str) -> Inputs:
    """The files that count for the day, the plan in force on it, and the templates and sampling known from before."""
    files = files_that_count(lake, export_on)
    plan_as_of = plan_in_force(lake, export_on)
    before = Partition("export_on", export_on - timedelta(days=1))
    state_before = lake.read(STATE, before)["state"][0].as_py() if lake.fingerprint(STATE, before) else None
    resolved_with = _plan_as_it_is(lake, plan_as_of)
    told = fingerprint_of(
        code,
        [[row[name] for name in DECODED_FROM] for row in files],
        resolved_with,
        state_before.hex() if state_before else None,
    )
    return Inputs(export_on, files, plan_as_of, resolved_with, state_before, told)


def _plan_as_it_is(lake: Lake, plan_as_of: date) -> str:
    return f"{plan_as_of} {lake.told(ADDRESS_RANGES, CONTENT, Partition('plan_as_of', plan_as_of))}"


def days_of_replaced_plans(lake: Lake) -> list[date]:
    """The export days whose records name ranges of a plan that has since been made anew under its date.

    Numbers of ranges mean something else in it: such a day must be resolved again before anything is made of it.
    """
    plans = {_plan_as_it_is(lake, plan.on) for plan in lake.partitions(ADDRESS_RANGES, "plan_as_of")}
    days = lake.partitions(RECORDS, "export_on")
    return [day.on for day in days if lake.told(RECORDS, RESOLVED_WITH, day) not in plans]


def days_that_count_other_files(lake: Lake) -> list[date]:
    """The days whose records were made of other files than now count, since another day took or left some of them."""
    counted = counted_contents(lake)
    told = {day.on: lake.told(RECORDS, COUNTED, day) for day in lake.partitions(RECORDS, "export_on")}
    return [on for on, contents in told.items() if contents is not None and contents != counted.get(on)]


def is_made(lake: Lake, inputs: Inputs) -> bool:
    """Whether the day has records, whatever they were made from."""
    return lake.fingerprint(RECORDS, inputs.partition) is not None


def _told_gone(gone: list[Row]) -> str:
    names = ", ".join(row["source_file"] for row in gone[:3])
    return (
        f"{len(gone)} of its files are no longer in the lake ({names}), though they should be decoded again; "
        f"offer them again at their source to have it made anew"
    )


def plan_in_force(lake: Lake, export_on: date) -> date:
    """The date of the newest plan not after a day, or of the first plan for a day before it."""
    plans = [partition.on for partition in lake.partitions(ADDRESS_RANGES, "plan_as_of")]
    if not plans:
        raise FileNotFoundError("registry/address_ranges has not been made; materialize it first")
    return max((plan for plan in plans if plan <= export_on), default=plans[0])


def is_current(lake: Lake, inputs: Inputs) -> bool:
    """Whether all of the day was made from these inputs; a killed run leaves at most some of it."""
    resolved_with = lake.told(RECORDS, RESOLVED_WITH, inputs.partition)
    made = (lake.fingerprint(key, inputs.partition) for key in (HEALTH, STATE, RECORDS))
    return resolved_with == inputs.resolved_with and all(told == inputs.fingerprint for told in made)


@dataclass
class DayMade:
    """What was decoded of a day, for the asset's metadata."""

    records: int = 0
    files: int = 0
    malformed_datagrams: int = 0
    duplicate_datagrams: int = 0
    undecoded_sets: int = 0
    records_lost: int = 0
    problems: list[str] = field(default_factory=list)


def make_day(workspace: Workspace, inputs: Inputs, plan: AddressPlan) -> DayMade:
    """Decode and resolve a day, and write its three tables; the records last, since they say that all is there."""
    lake, made = workspace.lake, DayMade()
    state = formats.DecoderState.from_bytes(inputs.state_before) if inputs.state_before else formats.DecoderState()
    told = {RESOLVED_WITH: inputs.resolved_with.encode(), COUNTED: hash_of_contents(inputs.contents).encode()}
    schema = FLOW_RECORD.with_metadata(told)
    with lake.writer(RECORDS, schema, fingerprint=inputs.fingerprint, partition=inputs.partition) as write:
        for file in _files(lake, inputs):
            made.files += 1
            try:
                for batch in formats.decode_files([file], state):
                    write(resolved(batch, inputs, plan))
            except formats.NotAnExport as error:
                made.problems.append(str(error))
        made.records = write.rows
        health = state.health_table(inputs.export_on)
        lake.write(HEALTH, health, fingerprint=inputs.fingerprint, partition=inputs.partition)
        kept = pa.Table.from_pylist([{"state": state.to_bytes()}], schema=DECODER_STATE)
        lake.write(STATE, kept, fingerprint=inputs.fingerprint, partition=inputs.partition)
    _count(made, state, health)
    return made


def _files(lake: Lake, inputs: Inputs) -> Iterator[formats.ExportFile]:
    """The day's files as the decoder takes them."""
    for row in inputs.files:
        yield formats.ExportFile(
            path=kept_path(lake, row),
            name=row["source_file"],
            exporter=sixteen_bytes(parse_address(row["exporter_hint"])) if row["exporter_hint"] else None,
            is_scaled=row["is_scaled"],
            format=row["format"],
        )


def resolved(batch: pa.RecordBatch, inputs: Inputs, plan: AddressPlan) -> pa.RecordBatch:
    """A batch with its export day, and with both addresses resolved to a range of the day's plan."""
    filled = {
        "export_on": pa.repeat(pa.scalar(inputs.export_on, pa.date32()), batch.num_rows),
        "src_range": _ranges(plan, batch.column("src_addr")),
        "dst_range": _ranges(plan, batch.column("dst_addr")),
        "plan_as_of": pa.repeat(pa.scalar(inputs.plan_as_of, pa.date32()), batch.num_rows),
    }
    columns = [filled.get(name, batch.column(name)) for name in batch.schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _ranges(plan: AddressPlan, addresses: pa.Array) -> pa.Array:
    found = plan.lookup(addresses)
    return pa.array(found, pa.int32(), mask=found < 0)


def _count(made: DayMade, state: formats.DecoderState, health: pa.Table) -> None:
    made.malformed_datagrams = sum(outcome.malformed for outcome in state.outcomes)
    made.duplicate_datagrams = sum(outcome.duplicates for outcome in state.outcomes)
    made.undecoded_sets = state.summary().undecoded_sets
    made.records_lost = sum(health["records_lost"].to_pylist())
    made.problems += [problem for outcome in state.outcomes for problem in outcome.problems]


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """exports/flow_records and exports/export_health, by day; a range of days is one run."""

    @dg.multi_asset(
        name="decoded_exports",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(key),
                deps=[dg.AssetKey(flow_exports.KEY), dg.AssetKey(ADDRESS_RANGES)],
                group_name="exports",
                kinds={"parquet"},
                description=description,
            )
            for key, description in (
                (RECORDS, "One row per flow record as exported, both addresses resolved to a range of the day's plan."),
                (
                    HEALTH,
                    "One row per exporter, observation domain, protocol and 5-minute bin: what came and was lost.",
                ),
            )
        ],
        partitions_def=workspace.calendar.days,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def decoded_exports(
        context: dg.AssetExecutionContext, progress: dg.ResourceParam[Progress]
    ) -> Iterator[dg.MaterializeResult]:
        lake = workspace.lake
        code, plans = fingerprint_of_files(FORMATS.glob("*.py")), dict[date, AddressPlan]()
        days, kept_back = list[DayMade](), list[str]()
        asked = sorted({*map(date.fromisoformat, context.partition_keys), *days_that_count_other_files(lake)})
        for export_on in progress.track(asked, "Decoding export days"):
            inputs = inputs_of_day(lake, export_on, code)
            if is_current(lake, inputs):
                continue
            if is_made(lake, inputs) and (gone := copies_gone(lake, inputs.files)):
                kept_back.append(f"{export_on} stays as it was made: {_told_gone(gone)}")
                continue
            if inputs.plan_as_of not in plans:
                plan = lake.read(ADDRESS_RANGES, Partition("plan_as_of", inputs.plan_as_of))
                plans[inputs.plan_as_of] = AddressPlan.from_table(plan)
            days.append(make_day(workspace, inputs, plans[inputs.plan_as_of]))
        metadata = _metadata(days, len(asked))
        for line in (*kept_back, *str(metadata["problems"]).splitlines()):
            context.log.warning(line)
        for asset_key in (RECORDS, HEALTH):
            yield dg.MaterializeResult(asset_key=dg.AssetKey(asset_key), metadata=metadata)

    return [decoded_exports]


def _metadata(days: list[DayMade], asked: int) -> dict[str, Any]:
    """The counts of all days that were made, and the first problems in words."""
    counts = (
        "records", "files", "malformed_datagrams", "duplicate_datagrams", "undecoded_sets", "records_lost",
    )  # fmt: skip
    problems = [problem for day in days for problem in day.problems]
    return {
        "days_made": len(days),
        "days_current": asked - len(days),
        **{name: sum(getattr(day, name) for day in days) for name in counts},
        "problems": "\n".join(problems[:PROBLEMS_SHOWN]),
    }
