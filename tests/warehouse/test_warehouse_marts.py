"""The marts of a quarter whose every cell is worked out by hand: 2026Q2, with one covered bin a day (and two in April).

Rates are multiples of 1000 bit/s over one bin, 300,000 bits; a unit below.
2026Q3 has one covered day, and traffic on two.
"""

from datetime import date
from typing import Any

import pytest
from warehouse_cases import CDN, HOSTING, HYPERSCALER, NEOCLOUD, A, B, Query
from world import moment, record

from checks.flow_exports import INCOMPLETE

Row = dict[str, Any]
UNIT = 300_000
BIN = 300


def units(day: str, peer: str, number: int, exporter: str = B, *, clock: str = "12:00", **columns: Any) -> Row:
    usual = {"exporter": exporter, "bytes": number * UNIT // 8, "seconds": BIN}
    return record(f"{day} {clock}:00", peer, **{**usual, **columns})


RECORDS = [
    units("2026-04-01", f"{NEOCLOUD}.1", 1),
    units("2026-04-02", f"{NEOCLOUD}.1", 2),
    units("2026-04-03", f"{NEOCLOUD}.2", 3),
    units("2026-04-04", f"{NEOCLOUD}.2", 4),
    units("2026-04-05", f"{NEOCLOUD}.1", 5),
    units("2026-04-06", f"{NEOCLOUD}.3", 3),
    units("2026-04-06", "2a00:1:0:1::1", 1),
    units("2026-04-06", "2a00:1:0:1::2", 2),
    # No exporter of the region sent a datagram in this bin.
    units("2026-05-10", f"{NEOCLOUD}.3", 100, clock="13:00", way="egress"),
    units("2026-04-01", f"{HYPERSCALER}.1", 10, A, way="egress", seconds=2 * BIN),
    units("2026-04-02", f"{CDN}.1", 7, A),
    units("2026-04-03", f"{HOSTING}.1", 3, way="egress", sampling_interval=3.0, packets=1, bytes=UNIT // 8),
    units("2026-07-01", f"{HYPERSCALER}.1", 2, A),
    units("2026-07-03", f"{HYPERSCALER}.2", 4, A),
    units("2026-07-03", f"{HYPERSCALER}.3", 4, A, received_at=moment("2026-07-03 12:06:00")),
]
WHOLE = 21 + 100 + 10 + 7 + 3


def cell(query: Query, mart: str, columns: str, network_type: str, **where: object) -> tuple[Any, ...]:
    """The one row of a cell."""
    conditions = "".join(f" and {name} = ?" for name in where)
    rows = query(
        f"select {columns} from marts.{mart} where network_type = ?{conditions}", network_type, *where.values()
    )
    assert len(rows) == 1
    return rows[0]


def test_bits_and_shares_of_a_quarter(query: Query) -> None:
    rows = query(
        "select network_type, bits, share_of_bits from marts.network_type_quarterly where quarter = '2026Q2' "
        "order by network_type"
    )
    assert rows == [
        ("cdn", 7 * UNIT, pytest.approx(7 / WHOLE)),
        ("hosting", 3 * UNIT, pytest.approx(3 / WHOLE)),
        ("hyperscaler", 10 * UNIT, pytest.approx(10 / WHOLE)),
        ("neocloud", 121 * UNIT, pytest.approx(121 / WHOLE)),
    ]


def test_bits_and_shares_of_a_month_are_of_that_month(query: Query) -> None:
    rows = query(
        "select month::varchar, network_type, bits, share_of_bits from marts.network_type_monthly "
        "where quarter = '2026Q2' order by month, network_type"
    )
    assert rows == [
        ("2026-04-01", "cdn", 7 * UNIT, pytest.approx(7 / 41)),
        ("2026-04-01", "hosting", 3 * UNIT, pytest.approx(3 / 41)),
        ("2026-04-01", "hyperscaler", 10 * UNIT, pytest.approx(10 / 41)),
        ("2026-04-01", "neocloud", 21 * UNIT, pytest.approx(21 / 41)),
        ("2026-05-01", "neocloud", 100 * UNIT, 1.0),
    ]


def test_a_region_shares_in_the_bits_of_all_regions_and_cells_without_traffic_have_no_row(query: Query) -> None:
    rows = query(
        "select region, network_type, bits, share_of_bits from marts.region_network_type_quarterly "
        "where quarter = '2026Q2' order by region, network_type"
    )
    assert rows == [
        ("us-east", "hosting", 3 * UNIT, pytest.approx(3 / WHOLE)),
        ("us-east", "neocloud", 121 * UNIT, pytest.approx(121 / WHOLE)),
        ("us-west", "cdn", 7 * UNIT, pytest.approx(7 / WHOLE)),
        ("us-west", "hyperscaler", 10 * UNIT, pytest.approx(10 / WHOLE)),
    ]


def test_unique_addresses_are_a_union_by_64_with_128_beside(query: Query) -> None:
    columns = "unique_ips, unique_ips_v6_128, magnitude"
    # .1, .2, .3 and one /64, though days add up to 8.
    assert cell(query, "network_type_quarterly", columns, "neocloud", quarter="2026Q2") == (4, 2, 121 * UNIT / 4)
    april = cell(query, "network_type_monthly", columns, "neocloud", month=date(2026, 4, 1))
    assert april == (4, 2, 21 * UNIT / 4)
    assert cell(query, "network_type_monthly", columns, "neocloud", month=date(2026, 5, 1)) == (1, 0, 100 * UNIT)


RATES = "covered_bins, bits_per_second_average, bits_per_second_p95, bits_per_second_max"


def test_rates_of_a_month_count_covered_bins_without_traffic_as_zero(query: Query) -> None:
    # 60 bins, 54 of them empty; the nearest rank is ceil(57.0) = 57, the third of 1, 2, 3, 4, 5, 6.
    assert cell(query, "network_type_monthly", RATES, "neocloud", month=date(2026, 4, 1)) == (
        60,
        pytest.approx(21 * 1000 / 60),
        3000,
        6000,
    )


def test_rates_of_a_region_count_the_bins_that_its_own_exporters_cover(query: Query) -> None:
    # 91 bins, 85 empty; rank ceil(86.45) = 87, the second value. The silent bin's 100 are in bits, not in rates.
    cells = {"region": "us-east", "quarter": "2026Q2"}
    assert cell(query, "region_network_type_quarterly", RATES, "neocloud", **cells) == (
        91,
        pytest.approx(21 * 1000 / 91),
        2000,
        6000,
    )
    west = cell(query, "region_network_type_quarterly", RATES, "hyperscaler", region="us-west", quarter="2026Q2")
    assert west == (60, pytest.approx(10 * 1000 / 60), 0, 5000)


def test_rates_of_a_quarter_count_the_bins_that_any_exporter_covers(query: Query) -> None:
    # 91 + 30 bins; rank ceil(114.95) = 115 of 115 zeros.
    assert cell(query, "network_type_quarterly", RATES, "neocloud", quarter="2026Q2") == (
        121,
        pytest.approx(21 * 1000 / 121),
        0,
        6000,
    )


def test_a_month_whose_traffic_lies_in_silent_bins_only_has_rates_of_zero_over_its_covered_bins(query: Query) -> None:
    assert cell(query, "network_type_monthly", RATES, "neocloud", month=date(2026, 5, 1)) == (31, 0, 0, 0)


def test_sampling_error_of_a_cell(query: Query) -> None:
    # One packet of 37500 bytes at 1 in 3: sqrt(3 * 2 * 64 b b) / (8 b 3), and with b * 1500 above.
    columns = "relative_standard_error, relative_standard_error_upper, is_low_precision, sampled_packets"
    octets = UNIT / 8
    assert cell(query, "network_type_quarterly", columns, "hosting", quarter="2026Q2") == (
        pytest.approx((6 * 64) ** 0.5 / 24),
        pytest.approx((6 * 64 * octets * 1500) ** 0.5 / (24 * octets)),
        True,
        1,
    )
    assert cell(query, "network_type_quarterly", columns, "cdn", quarter="2026Q2") == (0, 0, False, 10)


def test_share_groups_by_direction_have_that_directions_bits_below_them(query: Query) -> None:
    rows = query(
        "select share_group, direction, bits, share_of_bits, denominator from marts.share_group_quarterly "
        "where quarter = '2026Q2' and share_group in ('other_clouds', 'cdn') order by all"
    )
    below = "all_boundary_bits"
    assert rows == [
        ("cdn", "both", 7 * UNIT, pytest.approx(7 / WHOLE), below),
        ("cdn", "ingress", 7 * UNIT, pytest.approx(7 / 28), below),
        ("other_clouds", "both", 134 * UNIT, pytest.approx(134 / WHOLE), below),
        ("other_clouds", "egress", 113 * UNIT, 1.0, below),
        ("other_clouds", "ingress", 21 * UNIT, pytest.approx(21 / 28), below),
    ]


def test_traffic_flow_by_direction_region_and_type(query: Query) -> None:
    rows = query(
        "select direction, region, network_type, bits from marts.traffic_flow_quarterly where quarter = '2026Q2' "
        "order by all"
    )
    assert rows == [
        ("egress", "us-east", "hosting", 3 * UNIT),
        ("egress", "us-east", "neocloud", 100 * UNIT),
        ("egress", "us-west", "hyperscaler", 10 * UNIT),
        ("ingress", "us-east", "neocloud", 21 * UNIT),
        ("ingress", "us-west", "cdn", 7 * UNIT),
    ]


def test_sampling_intervals_by_share_of_bits(query: Query) -> None:
    rows = query(
        "select sampling_interval, bits, share_of_bits from marts.sampling_quarterly where quarter = '2026Q2' "
        "order by all"
    )
    assert rows == [
        (1.0, (WHOLE - 3) * UNIT, pytest.approx((WHOLE - 3) / WHOLE)),
        (3.0, 3 * UNIT, pytest.approx(3 / WHOLE)),
    ]


DAILY = (
    "unique_ips_daily_average, unique_ips_daily_p95, unique_ips_daily_max, "
    "magnitude_daily_average, magnitude_daily_p95, magnitude_daily_max"
)


def test_daily_values_of_a_quarter(query: Query) -> None:
    # 91 covered days; 1 address on six of them, 2 on 6 April: rank 87 of 84 zeros, six ones and a two.
    # Magnitudes exist on seven days: 1, 2, 3, 4, 5, 6 / 2 and 100 units; rank ceil(6.65) = 7.
    assert cell(query, "magnitude_quarterly", DAILY, "neocloud", quarter="2026Q2") == (
        pytest.approx(8 / 91),
        1,
        2,
        pytest.approx((1 + 2 + 3 + 4 + 5 + 3 + 100) * UNIT / 7),
        100 * UNIT,
        100 * UNIT,
    )


def test_daily_values_are_over_covered_days_alone(query: Query) -> None:
    # Covered is 1 July; on 3 July nobody's health was kept, but its traffic counts in bits and the union.
    assert cell(query, "magnitude_quarterly", DAILY, "hyperscaler", quarter="2026Q3") == (
        1,
        1,
        1,
        2 * UNIT,
        2 * UNIT,
        2 * UNIT,
    )
    whole = cell(query, "magnitude_quarterly", "bits, unique_ips, magnitude", "hyperscaler", quarter="2026Q3")
    assert whole == (10 * UNIT, 3, pytest.approx(10 * UNIT / 3))


def test_coverage_of_quarters(query: Query) -> None:
    rows = query(
        "select quarter, days_expected, days_present, bins_expected, bins_present from marts.coverage_quarterly "
        "order by quarter"
    )
    assert rows == [
        ("2025Q3", 92, 10, 92 * 288, 10 * 288),
        ("2025Q4", 92, 92, 92 * 288, 92 * 288),
        ("2026Q1", 90, 90, 90 * 288, 90 * 288),
        ("2026Q2", 91, 91, 91 * 288, 91 + 30),
        ("2026Q3", 92, 1, 92 * 288, 1),
    ]


def test_lost_records_and_files_set_aside(query: Query) -> None:
    # 91 bins of one exporter and 60 of the other, ten records each.
    assert query(
        "select records_expected, records_received, records_lost, is_lost_estimated, files_pulled, files_quarantined "
        "from marts.coverage_quarterly where quarter = '2026Q2'"
    ) == [(1515, 1510, 5, False, 2, 3)]


def test_coverage_of_days(query: Query) -> None:
    rows = query(
        "select export_on::varchar, exporters_present, bins_present, records_expected, records_lost, files_pulled, "
        "files_quarantined from marts.coverage_daily where export_on between '2026-04-01' and '2026-04-02' or "
        "export_on = '2026-05-01' order by all"
    )
    assert rows == [
        ("2026-04-01", 2, 2, 35, 5, 1, 0),
        ("2026-04-02", 2, 2, 30, 0, 1, 3),
        ("2026-05-01", 1, 1, 10, 0, 0, 0),
    ]


def test_what_was_lost_of_files_by_day_and_quarter(query: Query) -> None:
    assert query(
        "select export_on::varchar, files_incomplete, loss_reasons from marts.coverage_daily where export_on between "
        "'2026-04-01' and '2026-04-02' or export_on = '2026-05-01' order by all"
    ) == [
        ("2026-04-01", 0, "fragments 12"),
        ("2026-04-02", 1, "cut_file 1, fragments 3, malformed 2"),
        ("2026-05-01", 0, "none"),
    ]
    assert query(
        "select quarter, files_incomplete, loss_reasons from marts.coverage_quarterly where quarter >= '2026Q2' "
        "order by quarter"
    ) == [("2026Q2", 1, "cut_file 1, fragments 15, malformed 2"), ("2026Q3", 0, "none")]


def test_a_file_is_complete_that_was_read_to_its_end(query: Query) -> None:
    assert query(
        "select export_on::varchar, source_file, is_complete from core.export_files where state = 'pulled' order by all"
    ) == [("2026-04-01", "0.pcap", True), ("2026-04-02", "0.pcap", False)]
    assert query(
        "select reason, losses, leaves_file_incomplete from core.export_losses where source_file = '0.pcap' and "
        "export_on = '2026-04-02' order by all"
    ) == [("cut_file", 1, True), ("fragments", 3, False)]
    assert [row[1:] for row in query(INCOMPLETE)] == [(0, None), (1, "0.pcap: cut_file 1")]


CONTRACT = {
    "network_type_monthly": "month network_type bits share_of_bits unique_ips magnitude bits_per_second_average "
    "bits_per_second_p95 bits_per_second_max",
    "network_type_quarterly": "quarter network_type bits share_of_bits unique_ips magnitude",
    "region_network_type_quarterly": "quarter region network_type bits share_of_bits unique_ips magnitude",
    "network_quarterly": "quarter network_type network_key name position bits share_of_bits unique_ips magnitude",
    "connectivity_quarterly": "quarter region network_type direction connectivity bits",
    "metro_quarterly": "quarter region metro metro_source bits unique_ips magnitude",
    "metro_network_type_quarterly": "quarter region network_type metro metro_source bits share_of_bits unique_ips "
    "magnitude relative_standard_error latitude longitude",
    "country_quarterly": "quarter country bits unique_ips magnitude",
    "cross_cloud_quarterly": "quarter provider cloud_region name bits share_of_bits unique_ips magnitude",
    "concentration_quarterly": "quarter region network_type top_10_share hhi gini entropy top_10_address_share "
    "address_hhi address_gini address_entropy",
    "rhythm_quarterly": "quarter region network_type direction hour_of_week bits_per_second_average",
    "persistence_quarterly": "quarter network_type persistent_share_of_bits active_hours_mean",
    "new_addresses_monthly": "month network_type unique_ips new_ips returning_ips",
    "flow_size_quarterly": "quarter network_type bytes_from bytes_below flow_records bits share_of_bits",
    "elephant_flows": "quarter network_type network_key direction elephants bits share_of_bits",
    "ai_workflows": "quarter network_type network_key region direction began_at ended_at own_addresses unique_ips bits",
    "quarter_bridge": "metric dimension member quarter previous_quarter previous_value previous_value_restated value "
    "coverage_effect traffic_effect reclassification_effect definition_effect",
    "quarter_variability": "metric dimension member quarter difference week_to_week_low week_to_week_high "
    "leave_one_out_low leave_one_out_high",
    "ip_version_monthly": "month network_type ip_version bits unique_ips magnitude",
    "share_group_quarterly": "quarter direction share_group denominator bits share_of_bits",
    "traffic_flow_quarterly": "quarter direction region network_type bits",
    "magnitude_monthly": "month network_type unique_ips_daily_average magnitude_daily_p95",
    "magnitude_quarterly": "quarter network_type bits unique_ips magnitude unique_ips_daily_average "
    "unique_ips_daily_p95 unique_ips_daily_max magnitude_daily_average magnitude_daily_p95 magnitude_daily_max",
    "quarter_over_quarter": "metric dimension member quarter previous_quarter value previous_value difference verdict "
    "level reasons",
    "coverage_quarterly": "quarter days_expected days_present files_incomplete loss_reasons",
    "operator_profile": "operator is_simulated timezone tracking_began_on",
    "network_types": "network_type label position colour definition is_published",
    "regions": "region label position",
    "data_sources": "source producer title address licence citation may_be_redistributed as_of visible_credit "
    "visible_credit_address",
    "sampling_quarterly": "quarter sampling_interval bits share_of_bits",
    "verdicts": "verdict level meaning limit_in_force",
}
ERRORS = "relative_standard_error relative_standard_error_upper is_low_precision sampled_packets"


@pytest.mark.parametrize("mart", CONTRACT)
def test_no_mart_is_a_column_short(query: Query, mart: str) -> None:
    wanted = CONTRACT[mart].split()
    if "bits" in wanted and mart.startswith(("network_type", "region_network", "traffic_flow")):
        wanted += ERRORS.split()
    found = query("select column_name from duckdb_columns() where schema_name = 'marts' and table_name = ?", mart)
    assert set(wanted) <= {name for (name,) in found}


def test_no_mart_holds_an_address(query: Query) -> None:
    assert query("select count(*) from duckdb_columns() where schema_name = 'marts' and data_type = 'BLOB'") == [(0,)]
