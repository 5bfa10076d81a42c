"""A finding that a limit is broken, to be changed by each test."""

from datetime import UTC, date, datetime

from assets.warehouse.check_history import Finding

FINDING = Finding(
    check="flow_exports.x",
    asset="core/exporter_bins",
    job="daily",
    run="one",
    checked_at=datetime(2026, 1, 19, 12, tzinfo=UTC),
    first_day=date(2026, 1, 2),
    last_day=date(2026, 1, 3),
    passed=False,
    severity="warn",
    limit=0.2,
    worst=0.7,
    rows_checked=3,
    rows_broken=2,
    quarters=("2025Q4",),
    holds="A share.",
    remedy="mend it",
    found="",
)
