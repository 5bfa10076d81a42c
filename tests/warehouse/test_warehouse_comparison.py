"""Quarter over quarter: values, differences, the verdict and all the reasons that apply."""

from typing import Any

import pytest
from warehouse_cases import CDN, ISP, NEOCLOUD, SECOND_ISP, SECOND_NEOCLOUD, Query
from world import record

Row = tuple[Any, ...]
MOVED_BY_DECISION, NO_LONGER_DECIDED = "50.3.0.9", "50.6.0.9"

RECORDS = [
    # Two regional ISPs, half of the bits each, in each of three quarters.
    *(
        record(f"{day} 12:00:00", f"{isp}.{host}", bytes=octets)
        for day, octets in (("2025-09-25", 500), ("2025-12-01", 1000), ("2026-02-01", 3000))
        for host, isp in enumerate((ISP, SECOND_ISP))
    ),
    # One neocloud alone in 2025Q4, two in 2026Q1 of which one has more than half.
    record("2025-12-01 12:00:00", f"{NEOCLOUD}.1", bytes=1000),
    record("2026-02-01 12:00:00", f"{NEOCLOUD}.1", bytes=600),
    record("2026-02-02 12:00:00", f"{SECOND_NEOCLOUD}.1", bytes=400),
    # Few sampled packets in 2026Q1 only.
    record("2025-12-01 12:00:00", f"{CDN}.1", bytes=1000),
    record("2026-02-01 12:00:00", f"{CDN}.1", bytes=1000, packets=4, sampling_interval=1000.0),
    # Unclassified in 2025Q4, hosting in 2026Q1 by decision alone.
    record("2025-12-01 12:00:00", MOVED_BY_DECISION, bytes=1000),
    record("2026-02-01 12:00:00", MOVED_BY_DECISION, bytes=1000),
    # Enterprise in 2025Q4 by a decision that ended with it, unclassified in 2026Q1.
    record("2025-12-01 12:00:00", NO_LONGER_DECIDED, bytes=500),
    record("2026-02-01 12:00:00", NO_LONGER_DECIDED, bytes=500),
]


def compared(query: Query, quarter: str, member: str, metric: str = "bits", dimension: str = "network_type") -> Row:
    rows = query(
        "select value, previous_value, difference, verdict, level, reasons from marts.quarter_over_quarter "
        "where quarter = ? and member = ? and metric = ? and dimension = ?",
        quarter,
        member,
        metric,
        dimension,
    )
    assert len(rows) == 1
    return rows[0]


def judged(query: Query, quarter: str, member: str, metric: str = "bits") -> Row:
    return compared(query, quarter, member, metric)[3:]


def test_two_whole_quarters_with_a_pair_behind_them_are_comparable(query: Query) -> None:
    assert compared(query, "2026Q1", "isp_regional") == (
        2 * 3000 * 8,
        2 * 1000 * 8,
        2 * 2000 * 8,
        "comparable",
        5,
        ["comparable"],
    )


def test_a_quarter_that_began_late_is_partial_and_one_pair_is_not_a_trend(query: Query) -> None:
    assert compared(query, "2025Q4", "isp_regional") == (
        2 * 1000 * 8,
        2 * 500 * 8,
        2 * 500 * 8,
        "partial quarter",
        2,
        ["partial quarter", "one pair is not a trend"],
    )


def test_missing_bins_are_low_coverage(query: Query) -> None:
    assert judged(query, "2026Q2", "isp_regional") == ("low coverage", 2, ["low coverage", "comparable"])


def test_a_quarter_hardly_observed_is_not_comparable(query: Query) -> None:
    verdict, level, reasons = judged(query, "2026Q3", "hyperscaler")
    assert (verdict, level) == ("not comparable", 1)
    assert reasons[:3] == ["not comparable", "partial quarter", "low coverage"]


def test_one_network_with_more_than_half_is_named(query: Query) -> None:
    assert compared(query, "2026Q1", "neocloud") == (
        8000,
        8000,
        0,
        "few networks",
        3,
        ["few networks", "comparable"],
    )


def test_few_sampled_packets_are_low_precision(query: Query) -> None:
    # 999 / 1000 of the error of 4 packets: about a half.
    assert judged(query, "2026Q1", "cdn") == ("few networks", 3, ["few networks", "low precision", "comparable"])


def test_a_difference_made_by_a_decision_is_a_change_of_classification(query: Query) -> None:
    assert compared(query, "2026Q1", "hosting") == (
        8000,
        0,
        8000,
        "classification changed",
        3,
        ["classification changed", "few networks", "comparable"],
    )


@pytest.mark.parametrize("metric", ["bits", "share_of_bits", "magnitude", "bits_daily_average"])
def test_a_change_of_classification_is_told_of_each_metric_that_has_a_difference(query: Query, metric: str) -> None:
    # Magnitude did not exist before, so there is no difference that could be due to anything.
    reasons = judged(query, "2026Q1", "hosting", metric)[2]
    assert ("classification changed" in reasons) == (metric != "magnitude")


def test_the_type_that_a_decision_emptied_changed_its_classification_too(query: Query) -> None:
    assert compared(query, "2026Q1", "isp_tier1") == (
        0,
        4000,
        -4000,
        "classification changed",
        3,
        ["classification changed", "few networks", "comparable"],
    )


@pytest.mark.parametrize(
    ("metric", "value", "previous"),
    [
        ("unique_ips", 2, 2),
        ("magnitude", 3000 * 8, 1000 * 8),
        ("bits_daily_average", 48000 / 90, 16000 / 92),
        ("unique_ips_daily_average", 2 / 90, 2 / 92),
        ("magnitude_daily_average", 3000 * 8, 1000 * 8),
    ],
)
def test_other_metrics(query: Query, metric: str, value: float, previous: float) -> None:
    found = compared(query, "2026Q1", "isp_regional", metric)
    assert found[:3] == (pytest.approx(value), pytest.approx(previous), pytest.approx(value - previous))


def test_a_share_is_of_all_bits_of_the_quarter(query: Query) -> None:
    # All of 2026Q1: 6000 of ISPs, 1000 of neoclouds, 1000 * 1000 of the CDN, 1000 of hosting, 500 unclassified.
    found = compared(query, "2026Q1", "isp_regional", "share_of_bits")
    assert found[0] == pytest.approx(6000 / (6000 + 1000 + 1_000_000 + 1000 + 500))


@pytest.mark.parametrize(
    ("dimension", "member", "octets"),
    [
        ("total", "all", 1_008_500),
        ("share_group", "internet_providers", 6000),
        ("share_group", "other_clouds", 2000),
        ("region", "us-west", 1_008_500),
        ("region_network_type", "us-west/isp_regional", 6000),
    ],
)
def test_members_of_each_dimension(query: Query, dimension: str, member: str, octets: int) -> None:
    assert compared(query, "2026Q1", member, dimension=dimension)[0] == octets * 8


def test_what_ceased_counts_zero_but_has_no_magnitude(query: Query) -> None:
    assert compared(query, "2026Q2", "isp_regional")[:3] == (0, 48000, -48000)
    assert compared(query, "2026Q2", "isp_regional", "magnitude")[:3] == (None, 24000, None)
    assert judged(query, "2026Q2", "isp_regional", "magnitude")[0] == "not comparable"


def test_the_first_quarter_is_compared_with_nothing(query: Query) -> None:
    assert query("select count(*) from marts.quarter_over_quarter where quarter = '2025Q3'") == [(0,)]


def test_the_verdict_is_the_first_of_the_reasons(query: Query) -> None:
    rows = query("select count(*) from marts.quarter_over_quarter where verdict != reasons[1]")
    assert rows == [(0,)]


def test_a_level_belongs_to_its_verdict(query: Query) -> None:
    assert query(
        "select count(*) from marts.quarter_over_quarter as q join marts.verdicts as v using (verdict) "
        "where q.level != v.level"
    ) == [(0,)]


def test_a_member_without_traffic_in_both_quarters_has_no_row(query: Query) -> None:
    assert query("select count(*) from marts.quarter_over_quarter where member like 'ca-east%'") == [(0,)]
