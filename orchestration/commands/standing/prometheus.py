"""A standing as Prometheus reads it, for a node exporter's textfile collector.

Belongs here: names of metrics, which dashboards rely on. Does not belong here: reading or judging. No metric names a
router or an address.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from orchestration.commands.standing.facts import Standing
from orchestration.commands.standing.last_runs import FAILED
from orchestration.commands.standing.problems import PROBLEM, WARNING, Noted

PREFIX = "netstats_"
ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Sample(NamedTuple):
    """One value of a metric, by its labels; a value that is not known has no sample."""

    labels: dict[str, str]
    value: float | None


class Metric(NamedTuple):
    """A gauge: its name without the prefix, and what it says."""

    name: str
    help: str
    samples: list[Sample]


def text(standing: Standing, noted: list[Noted]) -> str:
    """All metrics in the text format, each with the label `operator`."""
    common = {"operator": standing.operator.name}
    metrics = [*_of_days(standing), *_of_traffic(standing), *_of_runs(standing), *_of_collectors(standing)]
    metrics += _of_the_rest(standing, noted)
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric, common))


def _lines(metric: Metric, common: dict[str, str]) -> Iterator[str]:
    name = PREFIX + metric.name
    known = [sample for sample in metric.samples if sample.value is not None]
    if known:
        yield f"# HELP {name} {metric.help}"
        yield f"# TYPE {name} gauge"
    for sample in known:
        labels = ",".join(f'{key}="{told.translate(ESCAPED)}"' for key, told in (common | sample.labels).items())
        yield f"{name}{{{labels}}} {sample.value:.15g}"


def _one(value: float | None) -> list[Sample]:
    return [Sample({}, value)]


def _seconds(day: date | None) -> float | None:
    return None if day is None else datetime.combine(day, time(), UTC).timestamp()


def _of_days(standing: Standing) -> Iterator[Metric]:
    newest = [Sample({"stage": one.name}, _seconds(one.last)) for one in standing.stages]
    oldest = [Sample({"stage": one.name}, _seconds(one.first)) for one in standing.stages]
    yield Metric("newest_day_timestamp_seconds", "Begin of the newest export day that a stage holds.", newest)
    yield Metric("oldest_day_timestamp_seconds", "Begin of the oldest export day that a stage holds.", oldest)
    without = len(standing.arrived.without_files)
    yield Metric("days_without_files", "Days since tracking began for which no file came.", _one(without))
    yield Metric("published_quarters", "Quarters that are published.", _one(len(standing.quarters)))


def _of_traffic(standing: Standing) -> Iterator[Metric]:
    """Nothing while a run writes the warehouse."""
    if (made := standing.traffic) is None:
        return
    reasons = [Sample({"reason": reason}, counted.records) for reason, counted in made.by_reason.items()]
    yield Metric("records", "Flow records by what became of them.", reasons)
    yield Metric("records_lost", "Records that sequence numbers miss.", _one(made.lost))
    yield Metric("exporters_without_row", "Exporters that exporters.csv does not name.", _one(len(made.without_row)))
    yield Metric("unclassified_share", "Share of bits of networks of no known type.", _one(made.unclassified))


def _of_runs(standing: Standing) -> Iterator[Metric]:
    def by_job(value: "dict[str, float | None]") -> list[Sample]:
        return [Sample({"job": job}, one) for job, one in value.items()]

    runs = standing.runs
    yield Metric("run_failed", "Whether a job's last run failed.", by_job({r.job: r.status == FAILED for r in runs}))
    ended = {run.job: _moment(run.ended_at) for run in runs}
    yield Metric("run_ended_timestamp_seconds", "When a job's last run ended.", by_job(ended))
    succeeded = {run.job: _moment(run.succeeded_at) for run in runs}
    yield Metric("run_succeeded_timestamp_seconds", "When a run of a job last ended well.", by_job(succeeded))
    took = {run.job: run.seconds for run in runs}
    yield Metric("run_duration_seconds", "How long a job's last run took.", by_job(took))


def _moment(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _of_collectors(standing: Standing) -> Iterator[Metric]:
    """Sums of the days whose counts are kept."""
    collectors = standing.collectors
    labels = [{"folder": str(one.folder), "process": str(one.counts.process)} for one in collectors]

    def sums(name: str) -> list[Sample]:
        days = [one.counts.days.values() for one in collectors]
        return [Sample(of, sum(getattr(day, name) for day in some)) for of, some in zip(labels, days, strict=True)]

    yield Metric("collector_datagrams", "Datagrams that a collector took.", sums("datagrams"))
    yield Metric(
        "collector_dropped", "Datagrams that the kernel dropped before a collector took them.", sums("dropped")
    )
    yield Metric("collector_unwritten", "Datagrams that a collector could not write.", sums("unwritten"))
    told = [Sample(of, _moment(one.counts.told_at)) for of, one in zip(labels, collectors, strict=True)]
    yield Metric("collector_told_timestamp_seconds", "When a collector last told its counts.", told)


def _of_the_rest(standing: Standing, noted: list[Noted]) -> Iterator[Metric]:
    today = standing.at.date()
    ages = [
        Sample({"source": one.source}, None if one.confirmed_on is None else (today - one.confirmed_on).days)
        for one in standing.registries
    ]
    yield Metric("registry_age_days", "Days since a registry was last confirmed.", ages)
    broken = standing.broken_checks
    levels = [Sample({"severity": one}, sum(check.severity == one for check in broken)) for one in ("block", "warn")]
    yield Metric("checks_broken", "Checks that did not hold when they last ran.", levels)
    folders = [Sample({"folder": name}, size) for name, size in standing.disk.of_folders.items()]
    yield Metric("disk_bytes", "Bytes that a folder of the state takes on disk.", folders)
    yield Metric("disk_free_bytes", "Bytes that are free below the state.", _one(standing.disk.free))
    failing = [Sample({"target": name}, one.fault is not None) for name, one in standing.alerts.items()]
    yield Metric("alert_target_failing", "Whether an alert target did not take what it was last sent.", failing)
    counts = [Sample({"level": one}, sum(line.level == one for line in noted)) for one in (PROBLEM, WARNING)]
    yield Metric("noted", "What `netstats status` says is to be looked at.", counts)
    yield Metric("status_timestamp_seconds", "When this was written.", _one(_moment(standing.at)))
