"""The quarter's table on a terminal."""

from pathlib import Path

from marts_fixture import Scenario, write_marts
from rich.console import Console

from assets.reports.charts import quarter_table


def shown(database: Path, quarter: str) -> str:
    console = Console(width=120, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as capture:
        console.print(quarter_table(database, quarter))
    return capture.get()


def test_the_table_sets_the_quarter_beside_the_one_before(database: Path) -> None:
    text = shown(database, "2025Q4")
    clouds = next(line for line in text.splitlines() if "Other clouds" in line and "points" in line)
    for part in ("49.6%", "36.2%", "+13.4 points", "2/5 partial quarter"):
        assert part in clouds
    assert "SIMULATED" in text
    assert "tracking began 2025-08-01" in " ".join(text.split())


def test_the_table_has_bits_addresses_and_magnitude_of_each_type(database: Path) -> None:
    line = next(line for line in shown(database, "2025Q4").splitlines() if "Tbit/IP" in line and "Neocloud" in line)
    assert "14.4\u202fPbit" in line and "1,480" in line and "9.70\u202fTbit/IP" in line


def test_names_are_no_markup_of_the_terminal(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb", Scenario().labelled("cdn", "[bold]CDN[/]"))
    assert "[bold]CDN[/]" in shown(database, "2025Q4")


def test_a_first_quarter_has_no_shares_to_compare(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb", Scenario(quarters=("2025Q3",)))
    text = shown(database, "2025Q3")
    assert "verdict" not in text and "Network types" in text
