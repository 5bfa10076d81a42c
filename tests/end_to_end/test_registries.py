"""`netstats registries` offers what its refusals name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from assets.registry.fetch import Fetcher
from assets.registry.snapshots import Outcome, pull
from assets.registry.sources import sources
from tests.end_to_end.conftest import House, Ran

ROWS = [f"{n}.0.0.0\t{n}.255.255.255\t{3000 + n}\tUS\tNET-{n}\n" for n in range(1, 100)]


def table(house: House, rows: list[str]) -> Path:
    """The operator's own copy of iptoasn's table."""
    path = house.operator / "v4.tsv"
    path.write_text("".join(rows), encoding="utf-8")
    return path


def test_a_shrunken_source_is_refused_with_the_command_that_accepts_it(real_exports: House) -> None:
    settings = real_exports.operator / "operator.yaml"
    named = settings.read_text(encoding="utf-8").replace("ip_to_asn\n", "iptoasn\n    address: v4.tsv\n")
    settings.write_text(named, encoding="utf-8")
    long_ago = pull(
        sources()["iptoasn"], real_exports.state / "registries", date(2020, 1, 1), Fetcher("test"),
        [str(table(real_exports, ROWS))],
    )  # fmt: skip
    assert long_ago.outcome == Outcome.STORED
    table(real_exports, ROWS[:50])
    refused = real_exports.netstats("registries")
    assert refused.status == 1, refused.stderr
    assert "not pulled: iptoasn; what was in force before stays so" in refused.stderr
    assert "2020-01-01" in refused.stdout
    assert "`netstats registries --accept-shrunken iptoasn`" in refused.stdout
    accepted = real_exports.netstats("registries", "--accept-shrunken", "iptoasn")
    assert accepted.status == 0, accepted.stderr
    assert "stored" in accepted.stdout
    assert "2020-01-01" not in accepted.stdout
    misspelt = real_exports.netstats("registries", "--accept-shrunken", "iptoasm")
    assert misspelt.status == 1
    assert "accept shrunken iptoasm: not in use; in use are iptoasn, special_purpose" in misspelt.stderr
    assert "Traceback" not in misspelt.stderr


def test_days_resolved_with_a_plan_that_is_no_more_stay_as_they_were_until_they_are_resolved_again(
    built: House, build_days: Callable[[House], Ran]
) -> None:
    """An own prefix that no flow has moves the numbers of all ranges behind it."""
    bits = "select network_key, sum(bits)::bigint from marts.network_quarterly group by network_key order by all"
    before = built.mart(bits)
    with (built.operator / "own_prefixes.csv").open("a", encoding="utf-8") as prefixes:
        prefixes.write("1.2.3.0/24,of no flow\n")
    one_day = built.netstats("build", "--from", "2025-11-13", "--to", "2025-11-13")
    assert one_day.status == 0, one_day.stderr
    assert "resolve them again: `netstats build --from 2025-11-10 --to 2025-11-14`" in one_day.stderr
    assert built.mart(bits) == before
    again = build_days(built)
    assert "resolve them again" not in again.stderr + built.netstats("doctor").stdout
    assert built.mart(bits) == before
