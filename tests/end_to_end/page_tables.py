"""The rows of the page's tables, computed from the published marts.

Belongs here: whole rows as they should be shown. Does not belong here: sentences (page_facts, page_numbers).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.end_to_end.page_facts import Facts
from tests.end_to_end.page_units import NONE, inside, listed, percent, si, signed, small_percent, written

MOVERS = """(
    select network_key, any_value(name) as name, bool_or(is_suppressed) as is_suppressed,
        max(network_type) filter (where quarter = $q) as network_type,
        max(network_type) filter (where quarter < $q) as previous_network_type,
        sum(bits_per_second_average) filter (where quarter = $q) as bits_per_second_average,
        sum(bits_per_second_average) filter (where quarter < $q) as previous_bits_per_second_average
    from marts.network_quarterly where network_key not like 'link:%' and network_key != 'withheld' group by network_key
)"""


def data_rows(facts: Facts, columns: Sequence[str], slug: str) -> list[list[str]]:
    """The rows of a chart's data, in the order of their texts."""
    marts = {
        "monthly-traffic": "network_type_monthly where quarter <= $q",
        "traffic-flow": "traffic_flow_quarterly where quarter = $q and direction <> 'both'",
        "magnitude-logarithmic": "magnitude_quarterly where quarter = $q",
        "magnitude-linear": "magnitude_quarterly where quarter = $q",
        "quarter-bridge": "quarter_bridge where quarter = $q and metric = 'share_of_bits' "
        "and dimension = 'network_type'",
        "metro-map": "metro_network_type_quarterly where quarter = $q",
        "metro-types": "metro_network_type_quarterly where quarter = $q",
        "ip-versions": "ip_version_monthly where quarter = $q",
        "cross-cloud": "cross_cloud_quarterly where quarter = $q",
        "concentration": "concentration_quarterly where quarter = $q",
        "persistence": "persistence_quarterly where quarter = $q",
        "flow-sizes": "flow_size_quarterly where quarter = $q",
        "new-addresses": "new_addresses_monthly where quarter = $q",
        "history": "network_type_quarterly where quarter <= $q",
        "workflows": "ai_workflows where quarter = $q",
        "connectivity": "(select network_type, connectivity, sum(bits) as bits, bool_and(is_suppressed) as "
        "is_suppressed, count(*) filter (where is_suppressed) as cells_withheld from marts.connectivity_quarterly "
        "where quarter = $q group by all)",
        "top-movers": MOVERS,
        "countries": "country_quarterly where quarter = $q",
        "elephants": "elephant_flows where quarter = $q",
    }
    source = marts.get(slug, "region_network_type_quarterly where quarter = $q")
    rows = facts.ask(f"from {source}" if source.startswith("(") else f"from marts.{source}")
    names = [column.removesuffix("_bits_per_unique_ip").removesuffix("_per_unique_ip") for column in columns]
    names = ["is_suppressed" if name == "is_withheld" else name for name in names]
    return sorted([_cell(name, row) for name in names] for row in rows)


def _cell(name: str, row: Mapping[str, Any]) -> str:
    is_withheld = row.get("is_suppressed") or row.get("is_withheld")
    return "withheld" if is_withheld and row[name] is None else written(name, row[name])


def compared_rows(facts: Facts, metric: str, *, by_region: bool) -> list[list[str]]:
    """The rows of a measure's comparison: label, value, value before, difference, verdict and reasons."""
    of = "in ('region', 'region_network_type')" if by_region else "in ('total', 'share_group', 'network_type')"
    rows = facts.ask(
        f"from marts.quarter_over_quarter where quarter = $q and metric = '{metric}' and dimension {of} "
        "and not (dimension = 'share_group' and member in (select network_type from marts.network_types)) "
        "and not (dimension = 'total' and metric like 'share_%')"
    )
    return sorted(_compared(facts, metric, row) for row in rows)


def _compared(facts: Facts, metric: str, row: Mapping[str, Any]) -> list[str]:
    value, before = row["value"], row["previous_value"]
    partial = "partial" if facts.why_partial(row["previous_quarter"]) else ""
    change = f"{signed(value - before, f'{abs(value - before) * 100:.1f}')} points"
    if not metric.startswith("share_"):
        ratio = value / before
        grown = f"{ratio:.3g} times" if ratio >= 10 else f"{signed(ratio - 1, f'{abs(ratio - 1) * 100:.0f}')}%"
        change = f"{'+' if value > before else ''}{written(metric, value - before)} ({grown})"
    reasons = [reason for reason in row["reasons"] if reason not in {row["verdict"], "comparable"}]
    verdict = f"{row['level']}/5 {row['verdict']}{', '.join(reasons)}"
    return [_member(facts, row), written(metric, value), f"{written(metric, before)}{partial}", change, verdict]


def _member(facts: Facts, row: Mapping[str, Any]) -> str:
    if row["dimension"] == "total":
        return "All traffic"
    if row["dimension"] != "share_group":
        return ", ".join(facts.labels[part] for part in row["member"].split("/"))
    group = facts.ask(
        f"select label, network_type, position from marts.share_groups inner join (select network_type, position "
        f"from marts.network_types) using (network_type) where share_group = '{row['member']}' order by position"
    )
    return f"{group[0]['label']} {listed([inside(facts.labels[one['network_type']]) for one in group])}"


def error_rows(facts: Facts) -> list[list[str]]:
    """Sampling and classification error of each type."""
    found = []
    for row in facts.ask("from marts.network_type_quarterly where quarter = $q"):
        typed, right = facts.classified(row["network_type"])
        error, upper = row["relative_standard_error"], row["relative_standard_error_upper"]
        margin = si(1.96 * error * float(row["bits"]))
        errors = [*map(small_percent, (error, upper)), percent(right / typed) if typed else NONE]
        found.append([facts.labels[row["network_type"]], si(row["bits"]), f"± {margin}", *errors])
    return sorted(found)


def reason_rows(facts: Facts) -> list[list[str]]:
    """What became of the records."""
    texts = {
        "published": "In this report",
        "transit": "Left out: passed through, between others",
        "internal": "Left out: stayed within the network",
        "kept_one_of_two": "Left out: metered twice, and counted at the other end",
        "unknown_sampling": "Left out: the sampling interval is not known",
        "outside_window": "Left out: before tracking began",
        "implausible_time": "Left out: times that can't be",
        "implausible_amount": "Left out: amounts that can't be",
    }
    rows = facts.ask("from marts.set_apart_quarterly where quarter = $q")
    return sorted([texts[row["reason"]], f"{row['records']:,}", percent(row["share_of_bytes"])] for row in rows)


def coverage_rows(facts: Facts, quarters: Sequence[str]) -> list[list[str]]:
    """Coverage of the quarter and the one before."""
    rows = [row for row in facts.ask("from marts.coverage_quarterly") if row["quarter"] in quarters]
    return sorted(
        [
            f"Q{row['quarter'][5]} {row['quarter'][:4]}",
            f"{row['days_present']} of {row['days_expected']} days",
            f"{row['bins_present']:,} of {row['bins_expected']:,}",
            f"{row['records_received']:,} of {row['records_expected']:,}",
            f"{row['records_lost']:,}{' (estimated)' if row['is_lost_estimated'] else ''}",
            f"{row['files_quarantined']} files, {row['malformed_datagrams']} datagrams, "
            f"{row['undecoded_sets']} undecoded sets",
            facts.why_partial(row["quarter"]) or "observed in whole",
        ]
        for row in rows
    )
