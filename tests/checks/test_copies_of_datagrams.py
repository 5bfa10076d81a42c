"""Copies of datagrams are told by exporter and day; an exporter whose files hold no datagrams has none."""

from datetime import date

import duckdb

from checks.flow_exports import COPIES

DAY = date(2026, 1, 5)


def test_an_exporter_whose_files_hold_no_datagrams_has_no_copies() -> None:
    """Two of ten datagrams came again, in another bin; nfcapd's files have none."""
    with duckdb.connect() as database:
        database.execute(
            "create schema core; create table core.exporter_bins "
            "(export_on date, exporter varchar, datagrams bigint, duplicate_datagrams bigint)"
        )
        bins = [(DAY, "a", 8, 0), (DAY, "a", 0, 2), (DAY, "of nfcapd", 0, 0)]
        database.executemany("insert into core.exporter_bins values (?, ?, ?, ?)", bins)
        assert database.execute(COPIES).fetchall() == [(DAY, "a", 0.2), (DAY, "of nfcapd", 0.0)]
