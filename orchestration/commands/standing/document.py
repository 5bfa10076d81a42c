"""A standing as JSON.

Belongs here: names and shapes that programs rely on; a key is added, never renamed. Does not belong here: reading or
judging.
"""

from typing import Any

from orchestration.commands.standing.facts import Standing
from orchestration.commands.standing.problems import Noted


def document(standing: Standing, noted: list[Noted]) -> dict[str, Any]:
    """All of it; days and times as ISO 8601 in UTC, amounts in bytes, absent values as null."""
    return {
        "operator": standing.operator.name,
        "at": standing.at,
        "state": str(standing.workspace.state),
        "stages": {one.name: {"first": one.first, "last": one.last, "days": one.days} for one in standing.stages},
        "days": len(standing.days),
        "days_without_files": standing.arrived.without_files,
        "days_without_exports": standing.arrived.without_exports,
        "files_set_aside": standing.arrived.set_aside,
        "traffic": _traffic(standing),
        "days_heard_by_exporter": standing.heard,
        "published_quarters": standing.quarters,
        "runs": [
            {
                "job": run.job,
                "run": run.run_id,
                "status": run.status,
                "began_at": run.began_at,
                "ended_at": run.ended_at,
                "succeeded_at": run.succeeded_at,
            }
            for run in standing.runs
        ],
        "registries": [vars(one) for one in standing.registries],
        "checks": {one.check: "holds" if one.passed else one.severity for one in standing.checks},
        "disk": {
            "of_state": standing.disk.of_state,
            "of_folders": standing.disk.of_folders,
            "free": standing.disk.free,
            "size": standing.disk.size,
        },
        "alerts": {
            name: {
                "fault": one.fault,
                "failing_since": one.failing_since,
                "waiting": sum(kind.count for kind in one.kinds.values()),
            }
            for name, one in standing.alerts.items()
        },
        "collectors": [
            {
                "folder": str(one.folder),
                "process": one.counts.process,
                "is_running": one.counts.is_running,
                "told_at": one.counts.told_at,
                "days": {str(day): vars(counts) for day, counts in one.counts.days.items()},
            }
            for one in standing.collectors
        ],
        "noted": [vars(one) for one in noted],
    }


def _traffic(standing: Standing) -> dict[str, Any] | None:
    made = standing.traffic
    if made is None:
        return None
    return {
        "days": len(made.days),
        "records": made.records,
        "bytes_as_exported": made.exported_bytes,
        "records_by_reason": {reason: counted.records for reason, counted in made.by_reason.items()},
        "records_expected": made.expected,
        "records_lost": made.lost,
        "is_lost_estimated": made.is_lost_estimated,
        "not_read": {one.reason: one.losses for one in made.not_read},
        "bytes_of_exporters_without_row": made.without_row,
        "unclassified_share_of_bits": made.unclassified,
    }
