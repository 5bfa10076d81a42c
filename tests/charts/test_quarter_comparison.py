"""The comparison of two quarters: numbers and sentences by hand, its schema, what is withheld, hostile names."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from marts_fixture import Scenario, write_marts
from withheld_marts import withhold

from assets.reports.charts import comparison_files

NUMBERS = (
    "value", "previous_value", "difference", "relative_change", "interval", "previous_value_restated",
    "difference_restated", "bridge",
)  # fmt: skip


def written(database: Path, *changes: str, quarter: str = "2025Q4") -> dict[str, str]:
    """The files of the comparison by suffix, after changes of the marts."""
    if changes:
        with duckdb.connect(database) as connection:
            for change in changes:
                connection.execute(change)
    files = comparison_files(database, quarter, "comparison", "index.html")
    return {name.partition(".")[2]: content.decode() for name, content in files.items()}


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    return write_marts(tmp_path / "network_stats.duckdb")


def rows_of(files: dict[str, str]) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = json.loads(files["json"])["rows"]
    found = {(row["metric"], row["dimension"], row["member"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_a_difference_is_told_in_points_and_percent_with_its_range_its_parts_and_as_restated(marts: Path) -> None:
    """Neocloud: 0.184 less 0.198 is -1.4 points, -7.1% of 19.8%; one point of it was hosting before."""
    files = written(
        marts,
        "update marts.quarter_over_quarter set week_to_week_low = -0.031, week_to_week_high = 0.002, "
        "previous_value_restated = 0.208 where metric = 'share_of_bits' and member = 'neocloud'",
    )
    row = rows_of(files)["share_of_bits", "network_type", "neocloud"]
    assert row["difference"] == pytest.approx(-0.014) and row["relative_change"] == pytest.approx(-0.0707, abs=1e-4)
    assert row["interval"] == {"low": -0.031, "high": 0.002, "of": "weeks"}
    assert row["bridge"] == pytest.approx({"traffic": -0.024, "reclassification": 0.01, "coverage": 0, "definition": 0})
    assert row["difference_restated"] == pytest.approx(-0.024)
    assert row["sentence"] == (
        "Neocloud, share of traffic: 18.4% in Q4 2025, 19.8% in Q3 2025, \u22121.4 points (\u22127%). "
        "The variability from week to week puts it at \u22123.1 to +0.2 points, a range that includes zero. "
        "It is made of \u22122.4 points of traffic and +1.0 points of reclassification. "
        "Under the map and definitions of Q4 2025, Q3 2025 has 20.8%. "
        "No rise or fall is claimed, since Q3 2025 is partial: tracking began 2025-08-01, 61 of 92 days. "
        "Verdict: partial quarter (2 of 5); also one pair is not a trend."
    )
    alone = " No rise or fall is claimed, since Q3 2025 is partial"
    assert row["sentence"].partition(alone)[0] in files["txt"].splitlines()


def test_a_partial_quarter_is_told_once(marts: Path) -> None:
    files = written(
        marts,
        "update marts.quarter_over_quarter set reasons = list_append(reasons, 'few networks') where member = 'cdn'",
    )
    first, *others = files["txt"].splitlines()
    assert first == (
        "Q3 2025 is partial: tracking began 2025-08-01, 61 of 92 days. Wherever no verdict is told, it is partial "
        "quarter (2 of 5), also one pair is not a trend: no rise or fall is claimed."
    )
    assert first in files["md"] and first in files["html"]
    assert len(others) > 10 and not any("partial:" in line or "2 of 5" in line for line in others)
    assert [line.endswith("Also few networks.") for line in others if line.startswith("CDN, share")] == [True]


def test_a_withheld_difference_tells_its_own_verdict(marts: Path) -> None:
    withhold(marts, "hosting", "cdn")
    (line,) = (line for line in written(marts)["txt"].splitlines() if line.startswith("CDN, share of traffic"))
    assert "Verdict: " in line


@pytest.mark.parametrize(
    ("low", "high", "verdict", "level", "said"),
    [
        (0.1, 0.2, "comparable", 5, "It rose. Verdict: comparable (5 of 5): both quarters were observed alike."),
        (-0.1, 0.2, "comparable", 5, "No rise or fall is claimed, since the range includes zero. Verdict: comparable"),
        (0.1, 0.2, "few networks", 3, "points. All of the difference is traffic. Verdict: few networks (3 of 5): few"),
    ],
)
def test_a_rise_is_claimed_only_where_the_verdict_and_the_range_bear_it(
    marts: Path, low: float, high: float, verdict: str, level: int, said: str
) -> None:
    files = written(
        marts,
        f"update marts.quarter_over_quarter set week_to_week_low = {low}, week_to_week_high = {high}, "
        f"verdict = '{verdict}', level = {level}, reasons = ['{verdict}'] where member = 'hyperscaler'",
    )
    assert said in rows_of(files)["share_of_bits", "network_type", "hyperscaler"]["sentence"]


def test_share_groups_say_what_they_hold_and_those_of_one_type_are_not_said_twice(marts: Path) -> None:
    """A group that gains a type later is defined as of the quarter."""
    files = written(
        marts,
        "insert into marts.share_groups by name select 'other_clouds' as share_group, 'Other clouds' as label, "
        "'cdn' as network_type, 2 as version, date '2026-01-01' as valid_from, null::date as valid_to",
    )
    names = [
        line.split(", share of traffic: ")[0] for line in files["txt"].splitlines() if ", share of traffic" in line
    ]
    assert "Other clouds (neocloud, hyperscaler and hosting)" in names and "Neocloud" in names
    assert len(names) == len(set(names))


def test_metros_are_compared_with_the_error_of_sampling_and_the_verdict_of_the_pair(marts: Path) -> None:
    """Sacramento: 0.4 of 78,000 Tbit less half of 41,000; errors of 4% of 31,200 and 3% of 20,500, 1.96 times."""
    rows = rows_of(written(marts))
    share = rows["share_of_bits", "metro", "us-west/Sacramento"]
    assert (share["value"], share["previous_value"], share["interval"]) == (0.4, 0.5, None)
    assert (share["verdict"], share["level"], share["reasons"]) == (
        "partial quarter", 2, ["partial quarter", "one pair is not a trend"],
    )  # fmt: skip
    bits = rows["bits", "metro", "us-west/Sacramento"]
    error = 1.96 * ((31_200 * 0.04) ** 2 + (20_500 * 0.03) ** 2) ** 0.5
    assert bits["difference"] == 10_700e12
    assert bits["interval"]["of"] == "sampling"
    assert bits["interval"]["low"] == pytest.approx((10_700 - error) * 1e12)
    assert "Sacramento in US-West, share of traffic: 40.0% in Q4 2025, 50.0% in Q3 2025" in share["sentence"]


def test_a_metro_without_traffic_before_had_none_and_no_magnitude_of_it(marts: Path) -> None:
    rows = rows_of(written(marts))
    assert rows["share_of_bits", "metro", "us-east/Denver"]["previous_value"] == 0
    magnitude = rows["magnitude", "metro", "us-east/Denver"]
    assert magnitude["previous_value"] is None and magnitude["verdict"] == "not comparable"
    assert magnitude["sentence"].endswith("Verdict: not comparable (1 of 5): the two values measure different things; "
                                          "also partial quarter and one pair is not a trend.")  # fmt: skip


def test_a_metro_that_sampling_hardly_saw_is_of_low_precision(marts: Path) -> None:
    files = written(
        marts,
        "update marts.metro_quarterly set relative_standard_error = 0.052 where metro = 'Chicago'",
    )
    assert "low precision" in rows_of(files)["bits", "metro", "us-east/Chicago"]["reasons"]
    assert "low precision" not in rows_of(files)["bits", "metro", "us-west/Sacramento"]["reasons"]


def test_ip_versions_are_parts_of_all_bits_and_ipv6_of_each_types_own(marts: Path) -> None:
    """Of neocloud two parts in five are IPv6, of the others one: 0.2 and 0.2 of neocloud's 18.4% of all bits."""
    rows = rows_of(written(marts))
    assert rows["share_of_bits", "ip_version", "6"]["value"] == pytest.approx(0.2 + 0.2 * 0.184)
    assert rows["share_of_bits", "ip_version", "4"]["previous_value"] == pytest.approx(0.8 - 0.2 * 0.198)
    assert rows["share_of_type_bits", "network_type_ip_version", "neocloud/6"]["value"] == pytest.approx(0.4)
    assert rows["share_of_type_bits", "network_type_ip_version", "cdn/6"]["value"] == pytest.approx(0.2)


def test_what_is_withheld_has_no_number_in_any_file(marts: Path) -> None:
    """A type in all marts, a metro in one quarter, and with them the versions of all and every metro's region."""
    withhold(marts, "hosting", "cdn")
    files = written(
        marts,
        "update marts.region_network_type_quarterly set is_suppressed = false",
        "update marts.metro_quarterly set is_suppressed = true, bits = null, share_of_bits = null where "
        "metro = 'Chicago' and quarter = '2025Q3'",
    )
    rows = rows_of(files)
    withheld = {key for key, row in rows.items() if row["is_withheld"]}
    assert all(row[name] is None for row in rows.values() if row["is_withheld"] for name in NUMBERS)
    assert {("share_of_bits", "network_type", "cdn"), ("share_of_bits", "metro", "us-east/Chicago")} <= withheld
    assert {
        ("share_of_bits", "ip_version", "4"),
        ("share_of_type_bits", "network_type_ip_version", "cdn/6"),
    } <= withheld
    assert ("share_of_bits", "metro", "us-east/Denver") not in withheld
    assert ("share_of_type_bits", "network_type_ip_version", "neocloud/6") not in withheld
    for line in csv.DictReader(files["csv"].splitlines()):
        if line["is_withheld"] == "true":
            assert {line[name] for name in ("value", "previous_value", "difference", "traffic_effect")} == {""}
    assert "CDN, share of traffic: withheld in Q4 2025 or Q3 2025." in files["txt"]
    validate(files)


def test_metros_of_a_region_of_which_a_type_is_withheld_are_withheld(marts: Path) -> None:
    """They are told without that type, so that two quarters would tell different things."""
    files = written(
        marts,
        "update marts.region_network_type_quarterly set is_suppressed = true where quarter = '2025Q3' and "
        "region = 'us-east' and network_type = 'migration'",
    )
    withheld = {row["member"] for row in rows_of(files).values() if row["dimension"] == "metro" and row["is_withheld"]}
    assert withheld == {"us-east/Chicago", "us-east/Denver", "us-east/Northern Virginia"}


def validate(files: dict[str, str], change: Callable[[Any], None] | None = None) -> None:
    schema, document = json.loads(files["schema.json"]), json.loads(files["json"])
    if change:
        change(document)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


def test_the_json_follows_its_schema(marts: Path) -> None:
    files = written(marts)
    assert json.loads(files["json"])["schema"] == json.loads(files["schema.json"])["$id"]
    validate(files)


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["rows"][0].update(is_withheld=True),
        lambda document: document["rows"][0].update(level=6),
        lambda document: document["rows"][0].pop("interval"),
        lambda document: document.update(more=1),
        lambda document: document["quarter"].update(quarter="2025Q5"),
    ],
    ids=["a withheld row with a number", "a level over 5", "no interval", "an unknown key", "an unknown quarter"],
)
def test_the_schema_refuses_what_is_not_a_comparison(marts: Path, change: Callable[[Any], None]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(written(marts), change)


def test_made_again_it_has_the_same_bytes(marts: Path) -> None:
    assert written(marts) == written(marts)


def test_a_quarter_without_one_before_says_so(marts: Path) -> None:
    files = written(marts, quarter="2025Q3")
    validate(files)
    assert json.loads(files["json"])["rows"] == [] and json.loads(files["json"])["previous_quarter"] is None
    assert "There is no earlier quarter to compare with" in files["md"]
    assert "There is no earlier quarter to compare with: tracking began 2025-08-01." in files["html"]


def test_names_are_text_in_every_file(tmp_path: Path) -> None:
    """A metro whose name is a formula, markup, a cell's end and a turn of the writing direction."""
    marts = write_marts(tmp_path / "network_stats.duckdb", Scenario(operator="<b>|Mine*"))
    name = "=1|<img src=x>*\u202e"
    files = written(marts, f"update marts.metro_quarterly set metro = '{name}' where metro = 'Chicago'")
    assert "\u202e" not in "".join(files.values())
    assert "<img" not in files["html"] and "<b>|" not in files["html"]
    assert "\\=1" not in files["md"] and "=1\\|\\<img src=x\\>\\*\ufffd in US-East" in files["md"]
    labels = {line["label"] for line in csv.DictReader(files["csv"].splitlines())}
    assert "'=1|<img src=x>*\ufffd" in labels and not any(label.startswith("=") for label in labels)
