"""The numbers that the page's sentences may hold, by section or figure, computed from the published marts.

Belongs here: what is told in prose beside the findings. Does not belong here: tables (page_tables).
"""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

from tests.end_to_end.page_behaviour import behaviour_numbers
from tests.end_to_end.page_facts import Facts
from tests.end_to_end.page_text import NUMBER
from tests.end_to_end.page_units import count, nearly, percent, si, small_percent

# Numbers of the method, which no mart holds: p95, 1.96 errors over 10%, packets of 1,500 bytes, bins of 5 minutes.
OF_THE_METHOD = {"95%", "1.96", "1.96 times", "10%", "1,500", "5"}


CELLS = "region_network_type_quarterly where quarter = $q"
# Charts whose cells have a sampling error, and the rows that tell it.
ERRORS = {
    "monthly-traffic": "network_type_monthly where quarter <= $q",
    "region-bits": CELLS, "region-magnitude": CELLS, "region-unique-ips": CELLS,
    "traffic-flow": "traffic_flow_quarterly where quarter = $q and direction <> 'both'",
    "metro-map": "metro_network_type_quarterly where quarter = $q",
    "metro-types": "metro_network_type_quarterly where quarter = $q",
    "ip-versions": "ip_version_monthly where quarter = $q",
    "cross-cloud": "cross_cloud_quarterly where quarter = $q",
    "countries": "country_quarterly where quarter = $q",
    "history": "network_type_quarterly where quarter <= $q",
}  # fmt: skip


def numbers(facts: Facts) -> dict[str, set[str]]:
    """For each section or figure the numbers that its sentences may hold, beside those of the method."""
    everywhere = _of_windows(facts, [facts.quarter]) | _of_sampling(facts) | _of_sources(facts)
    earlier = [row["quarter"] for row in facts.ask("select quarter from marts.coverage_quarterly where quarter <= $q")]
    regional = {str(len({cell[column] for cell in facts.cells})) for column in ("network_type", "region")}
    regional.add(str(len(facts.cells)))
    whole = sum(one["bits"] for one in facts.paths)
    ways = {way: sum(one["bits"] for one in facts.paths if one["direction"] == way) for way in ("ingress", "egress")}
    magnitudes = {si(row["magnitude"], "bit/IP") for row in facts.types}
    years = {str(month.year) for month in facts.months}
    last = facts.months[max(facts.months)].values()
    of_months = {si(sum(row["bits"] for row in month.values())) for month in facts.months.values()}
    of_months |= {percent(row["share_of_bits"]) for row in last} | years | _of_windows(facts, earlier)
    of_paths = {percent(float(part / whole)) for part in [*ways.values(), *(one["bits"] for one in facts.paths)]}
    top = {"", *everywhere} | _of_editions(facts) | _of_windows(facts, earlier)
    ours = {slug: everywhere | {facts.quarter[:4]} | found for slug, found in behaviour_numbers(facts).items()}
    for slug in ("history", "top-movers", "quarter-bridge"):
        ours[slug] |= _of_windows(facts, earlier)
    ours["flow-sizes"].add(count(len(facts.ask("from marts.flow_size_quarterly where quarter = $q"))))
    whole_page = (
        ours
        | {
            "": top | {"1", "1012"},  # 1 Tbit is 10 to the 12th
            "monthly-traffic": everywhere | of_months,
            "region-bits": everywhere | regional | {si(cell["bits"]) for cell in facts.cells},
            "region-magnitude": everywhere | regional | {si(cell["magnitude"], "bit/IP") for cell in facts.cells},
            "region-unique-ips": everywhere | regional | {count(cell["unique_ips"]) for cell in facts.cells},
            "metro-map": everywhere | _of_places(facts),
            "metro-types": everywhere | _of_metros(facts),
            "traffic-flow": everywhere | of_paths | {si(whole), str(len(facts.paths))},
            "magnitude-logarithmic": everywhere | magnitudes,
            "magnitude-linear": everywhere | magnitudes,
            "quarter-over-quarter": _of_windows(facts, earlier[-2:]) | _of_verdicts(facts),
            "editions": _of_editions(facts),
            "cite": _of_editions(facts),
            "quality": _of_checks(facts),
            "how-sure": everywhere | _of_errors(facts),
            "cannot-tell": _of_windows(facts, earlier[-2:]),
            "trace": _of_windows(facts, earlier) | _of_windows(facts, [facts.quarter]),
            "sources": _of_sources(facts),
        }
    )
    return {place: found | _of_error(facts, place) for place, found in whole_page.items()}


def _of_metros(facts: Facts) -> set[str]:
    """Bits of each type in each metro; how many types, metros and cells there are; the least share drawn on a phone."""
    cells = facts.metros
    counts = {str(len({cell[column] for cell in cells})) for column in ("network_type", "metro")}
    return counts | {str(len(cells)), "0.5%"} | {si(cell["bits"]) for cell in cells}


def _of_places(facts: Facts) -> set[str]:
    """Bits of each metro, and how many metros, types and cells there are; in the demo each metro has a position."""
    places, kinds = facts.places, {cell["network_type"] for cell in facts.metros}
    return {str(len(found)) for found in (places, kinds, facts.metros)} | {si(place["bits"]) for place in places}


def _of_error(facts: Facts, slug: str) -> set[str]:
    """The median and the largest sampling error of a chart's cells."""
    mart = ERRORS.get(slug)
    rows = facts.ask(f"select relative_standard_error as error from marts.{mart}") if mart else []
    errors = [row["error"] for row in rows if row["error"] is not None]
    return {small_percent(value) for value in (median(errors), max(errors))} if errors else set()


def _of_windows(facts: Facts, quarters: Sequence[str]) -> set[str]:
    window, began_on = facts.window(quarters), facts.ask("from marts.operator_profile")[0]["tracking_began_on"]
    found = {f"Q{quarter[5]} {quarter[:4]}" for quarter in (facts.quarter, *quarters)}
    found |= {str(day) for day in (began_on, max(began_on, window["began_on"]), window["ended_on"])}
    found |= {str(window["ended_on"] + timedelta(days=1)), f"{window['records_lost']:,}"}
    found |= {str(window[column]) for column in ("days_present", "days_expected")}
    found |= {nearly(window[f"{kind}"], window[of]) for kind, of in (
        ("records_received", "records_expected"), ("bins_present", "bins_expected"),
    )}  # fmt: skip
    return found | ({one for quarter in quarters for one in _of_windows(facts, [quarter])} if quarters[1:] else set())


def _of_sampling(facts: Facts) -> set[str]:
    rows = facts.ask("from marts.sampling_quarterly where quarter = $q")
    return (
        {"1"} | {f"{row['sampling_interval']:,.0f}" for row in rows} | {percent(row["share_of_bits"]) for row in rows}
    )


def _of_sources(facts: Facts) -> set[str]:
    return {
        number.strip()
        for row in facts.ask("from marts.data_sources")
        for value in row.values()
        for number in NUMBER.findall(str(value))
    }


def _of_editions(facts: Facts) -> set[str]:
    rows = facts.ask("from marts.editions where quarter <= $q")
    names = {f"Q{row['quarter'][5]} {row['quarter'][:4]}" for row in rows}
    columns = ("edition", "published_on", "days_present", "days_expected")
    return names | {str(row[column]) for row in rows for column in columns}


def _of_checks(facts: Facts) -> set[str]:
    """How many checks there are, how many do not hold, by how many rows; and the numbers of what they say."""
    checks = facts.checks()
    broken = [row for row in checks if row["is_broken"]]
    off = sum(row["severity"] == "off" for row in checks)
    said = {number.strip() for row in broken for name in ("holds", "remedy") for number in NUMBER.findall(row[name])}
    return (
        said
        | {str(len(checks) - off), str(off), str(len(broken))}
        | {text for row in broken for text in (f"{row['rows_broken']:,}", f"{row['limit_value']:g}")}
    )


def _of_verdicts(facts: Facts) -> set[str]:
    rows = facts.ask("from marts.verdicts")
    return {str(row["level"]) for row in rows} | {
        number.strip() for row in rows for number in NUMBER.findall(row["meaning"])
    }


def _of_errors(facts: Facts) -> set[str]:
    errors = [cell["relative_standard_error"] for cell in facts.cells]
    weak = sum(bool(cell["is_low_precision"]) for cell in facts.cells)
    typed, right = facts.classified("")
    whole = float(sum(row["bits"] for row in facts.types))
    unclassified = facts.ask("from marts.network_type_quarterly where quarter = $q and network_type = 'unclassified'")[
        0
    ]["share_of_bits"]
    of_errors = {str(len(errors)), f"{median(errors) * 100:.2f}%", f"{max(errors) * 100:.2f}%", str(weak)}
    return of_errors | {percent(typed / whole), percent(right / typed), percent(unclassified)}
