"""What the charts of behaviour should say, from the published marts without the charts' code.

Belongs here: the findings and the numbers of versions, sizes, rhythm, persistence, clouds, movers, the bridge, history.
Does not belong here: shares, regions and magnitude (page_facts), tables (page_tables).
"""

from collections.abc import Mapping
from datetime import date
from math import exp, log
from typing import Any, cast

from tests.end_to_end.page_facts import MONTHS, Facts
from tests.end_to_end.page_units import THIN, inside, percent, si, signed, times

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def points(value: float) -> str:
    return f"{signed(value, f'{abs(value) * 100:.1f}')} points"


def behaviour_findings(facts: Facts) -> dict[str, str]:
    """The title of each chart of behaviour; charts that a quarter lacks say that they have no traffic."""
    return {
        "quarter-bridge": _bridge(facts),
        "top-movers": _movers(facts),
        "ip-versions": _versions(facts),
        "connectivity": _connectivity(facts),
        "cross-cloud": _clouds(facts),
        "concentration": _concentration(facts),
        "persistence": _persistence(facts),
        "flow-sizes": _sizes(facts),
        "new-addresses": _new(facts),
        "rhythm": _rhythm(facts),
        "history": _history(facts),
        "workflows": _workflows(facts),
        "countries": _countries(facts),
        "elephants": _elephants(facts),
        "classification-changes": _changes(facts),
    }


def label(facts: Facts, kind: str) -> str:
    return inside(facts.labels[kind])


def told(facts: Facts, mart: str) -> str:
    withheld = facts.ask(f"select count(*) as cells from marts.{mart} where quarter = $q and is_suppressed")
    return " that is told" if withheld[0]["cells"] else ""


def _bridge(facts: Facts) -> str:
    rows = facts.ask(
        "select member, (value - previous_value)::double as change, reclassification_effect::double as moved "
        "from marts.quarter_bridge where quarter = $q and metric = 'share_of_bits' and dimension = 'network_type' "
        "and value is not null order by abs(change) desc"
    )
    if not rows:
        return "The bridge between quarters: no traffic in this quarter"
    text = f"{facts.labels[rows[0]['member']]} changed most, by {points(rows[0]['change'])}"
    moved = [row for row in rows if abs(row["moved"]) > 0.00005]
    if not moved:
        return f"{text}; no network changed its type"
    most = max(moved, key=lambda row: (abs(row["moved"]), row["moved"]))
    return (
        f"{text}; of {label(facts, most['member'])}'s {points(most['change'])}, {points(most['moved'])} are networks "
        "that changed their type"
    )


def _rates(facts: Facts) -> list[dict[str, Any]]:
    return facts.ask(
        "with rates as (select network_key, any_value(name) as name, "
        "coalesce(sum(bits_per_second_average) filter (where quarter = $q), 0) as now, "
        "coalesce(sum(bits_per_second_average) filter (where quarter < $q), 0) as before "
        "from marts.network_quarterly where network_key not like 'link:%' and network_key != 'withheld' "
        "group by network_key having not bool_or(is_suppressed)) "
        "select *, now - before as change from rates order by abs(change) desc"
    )


def _movers(facts: Facts) -> str:
    earlier = facts.ask("select max(quarter) as quarter from marts.coverage_quarterly where quarter < $q")[0]["quarter"]
    if earlier is None:
        return "Top movers: no traffic in this quarter"
    rows = _rates(facts)
    first = rows[0]
    before, now = (si(first[name], "bit/s") for name in ("before", "now"))
    way, other = ("rose", "fell") if first["change"] > 0 else ("fell", "rose")
    text = f"{first['name']} {way} most, from {before} in Q{earlier[5]} {earlier[:4]} to {now}"
    against = [row for row in rows if row["change"] * first["change"] < 0]
    if not against:
        return f"{text}; none {other}"
    change = against[0]["change"]
    return f"{text}; {against[0]['name']} {other} most ({'+' if change > 0 else ''}{si(change, 'bit/s')})"


def ipv6_parts(facts: Facts, by: str = "quarter") -> dict[Any, dict[str, float]]:
    """The part of IPv6 by type, of months that withhold neither version; by quarter or month."""
    rows = facts.ask(
        f"with cells as (select month, quarter, network_type, sum(bits) as bits, "
        "coalesce(sum(bits) filter (where ip_version = 6), 0) as six from marts.ip_version_monthly where quarter = $q "
        "group by all having not bool_or(is_suppressed)) "
        f"select {by} as span, network_type, sum(six)::double / sum(bits)::double as part from cells group by all"
    )
    found: dict[Any, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row["span"], {})[row["network_type"]] = row["part"]
    return found


def _versions(facts: Facts) -> str:
    sums = facts.ask(
        "select sum(bits) filter (where ip_version = 6)::double / sum(bits)::double as six "
        "from marts.ip_version_monthly where quarter = $q"
    )[0]
    parts = ipv6_parts(facts)[facts.quarter]
    most = max(parts, key=parts.__getitem__)
    untold = told(facts, "ip_version_monthly")
    return (
        f"{percent(sums['six'])} of traffic{untold} is IPv6; {label(facts, most)} has the largest part, "
        f"{percent(parts[most])}"
    )


def _connectivity(facts: Facts) -> str:
    rows = facts.ask(
        "select network_type, connectivity, sum(bits)::double as bits from marts.connectivity_quarterly "
        "where quarter = $q group by all having sum(bits) > 0"
    )
    whole, by_kind, by_type = sum(row["bits"] for row in rows), dict[str, float](), dict[str, float]()
    for row in rows:
        by_kind[row["connectivity"]] = by_kind.get(row["connectivity"], 0) + row["bits"]
        by_type[row["network_type"]] = by_type.get(row["network_type"], 0) + row["bits"]
    most = max((kind for kind in by_kind if kind != "withheld"), key=by_kind.__getitem__)
    private = {
        row["network_type"]: row["bits"] / by_type[row["network_type"]]
        for row in rows
        if row["connectivity"] == "private_interconnect"
    }
    first = max(private, key=private.__getitem__)
    return (
        f"{most.replace('_', ' ').capitalize()} interfaces carry most, {percent(by_kind[most] / whole)} of traffic; "
        f"{label(facts, first)} has the largest part on private interconnects, {percent(private[first])}"
    )


def _clouds(facts: Facts) -> str:
    rows = facts.ask("from marts.cross_cloud_quarterly where quarter = $q and bits is not null order by bits desc")
    whole, first = sum(row["share_of_bits"] for row in rows), rows[0]
    place = first["name"] if first["cloud_region"] == "unknown" else f"{first['name']}, {first['cloud_region']}"
    untold = told(facts, "cross_cloud_quarterly")
    return f"{percent(whole)} of traffic is with clouds, {percent(first['share_of_bits'])} with {place} alone{untold}"


def _concentration(facts: Facts) -> str:
    rows = facts.ask(
        "from marts.concentration_quarterly where quarter = $q and not is_suppressed order by top_10_address_share desc"
    )
    where = f"{label(facts, rows[0]['network_type'])} in {facts.labels[rows[0]['region']]}"
    part = percent(rows[0]["top_10_address_share"])
    untold = told(facts, "concentration_quarterly")
    return f"Ten addresses carry {part} of the bits of {where}, the most of all cells{untold}"


def _persistence(facts: Facts) -> str:
    rows = facts.ask(
        "from marts.persistence_quarterly where quarter = $q and not is_suppressed "
        "order by persistent_share_of_bits desc"
    )
    first, untold = rows[0], told(facts, "persistence_quarterly")
    addresses = percent(first["persistent_ips"] / first["unique_ips"])
    return (
        f"{addresses} of {label(facts, first['network_type'])} addresses are there on at least half of the days and "
        f"carry {percent(first['persistent_share_of_bits'])} of its bits, the most of any type{untold}"
    )


def sizes(facts: Facts, part: float) -> dict[str, float]:
    """The size in bytes below which a part of each type's bits lies, evenly over the logarithm within a class."""
    rows = facts.ask("from marts.flow_size_quarterly where quarter = $q and bits > 0 order by size_class")
    found: dict[str, float] = {}
    for kind in {row["network_type"] for row in rows}:
        classes = [row for row in rows if row["network_type"] == kind]
        wanted, below = part * float(sum(row["bits"] for row in classes)), 0.0
        for row in classes:
            if below + float(row["bits"]) >= wanted:
                within = (wanted - below) / float(row["bits"])
                low, high = log(row["bytes_from"]), log(row["bytes_below"])
                found[kind] = exp(low + within * (high - low))
                break
            below += float(row["bits"])
    return found


def _sizes(facts: Facts) -> str:
    middles = sizes(facts, 0.5)
    most, least = (way(middles, key=middles.__getitem__) for way in (max, min))
    untold = ", of the sizes that are told" if told(facts, "flow_size_quarterly") else ""
    ratio = times(middles[most] / middles[least])
    return (
        f"Half of {label(facts, most)} bits come in flow records over {si(middles[most], 'B')}, {ratio} the "
        f"size of {label(facts, least)}'s{untold}"
    )


def new_parts(facts: Facts) -> dict[tuple[date, str], float]:
    """The part of new addresses by month and type."""
    rows = facts.ask("from marts.new_addresses_monthly where quarter = $q and new_ips is not null")
    return {(row["month"], row["network_type"]): row["new_ips"] / row["unique_ips"] for row in rows}


def _new(facts: Facts) -> str:
    parts = new_parts(facts)
    month, kind = max(parts, key=parts.__getitem__)
    return (
        f"At most {percent(parts[month, kind])} of a type's addresses are new in a month: {label(facts, kind)} in "
        f"{MONTHS[month.month - 1]}"
    )


def weeks(facts: Facts) -> list[dict[str, Any]]:
    """Each type's rates by hour of the week, in the operator's time zone."""
    return facts.ask(
        "with hours as (select network_type, hour_of_week as hour, sum(bits_per_second_average_local) as rate "
        "from marts.rhythm_quarterly where quarter = $q group by all having rate is not null) "
        "select network_type, max(rate) / min(rate) as swing, arg_max(hour, rate) as busiest, "
        "arg_min(hour, rate) as quietest from hours group by network_type order by swing desc"
    )


def hour(hour_of_week: int) -> str:
    return f"{DAYS[hour_of_week // 24]} {hour_of_week % 24:02}:00"


def _rhythm(facts: Facts) -> str:
    most = weeks(facts)[0]
    untold = ", of what is told" if told(facts, "rhythm_quarterly") else ""
    return (
        f"{facts.labels[most['network_type']]} swings most over the week: {times(most['swing'])} as much on "
        f"{hour(most['busiest'])} as on {hour(most['quietest'])}{untold}"
    )


def shares(facts: Facts) -> dict[str, dict[str, float]]:
    """The share of each type by quarter."""
    found: dict[str, dict[str, float]] = {}
    for row in facts.ask("from marts.network_type_quarterly where quarter <= $q and not is_suppressed"):
        found.setdefault(row["quarter"], {})[row["network_type"]] = row["share_of_bits"]
    return found


def _history(facts: Facts) -> str:
    by_quarter = shares(facts)
    now, first = by_quarter[facts.quarter], min(by_quarter)
    if first == facts.quarter:
        most = max(now, key=now.__getitem__)
        return f"History begins with Q{first[5]} {first[:4]}: {facts.labels[most]} carries most, {percent(now[most])}"
    then = by_quarter[first]
    most = max(now, key=lambda kind: abs(now[kind] - then[kind]))
    return (
        f"Since Q{first[5]} {first[:4]} {label(facts, most)} changed most: from {percent(then[most])} to "
        f"{percent(now[most])} of traffic"
    )


def workflows(facts: Facts) -> list[dict[str, Any]]:
    return facts.ask("from marts.ai_workflows where quarter = $q order by bits_per_second_sustained desc nulls last")


def _workflows(facts: Facts) -> str:
    rows = workflows(facts)
    if not rows:
        return "AI workflows: no traffic in this quarter"
    first, ways = rows[0], {"ingress": "from", "egress": "to"}
    who = f"{ways[first['direction']]} {first['network_key'].upper().replace(':', '')}, {facts.labels[first['region']]}"
    sustained, peak = (si(first[f"bits_per_second_{name}"], "bit/s") for name in ("sustained", "max"))
    seen = "1 AI workflow was seen" if len(rows) == 1 else f"{len(rows)} AI workflows were seen"
    return f"{seen}; the fastest{told(facts, 'ai_workflows')} ({who}) sustained {sustained}, {peak} at its peak"


def _countries(facts: Facts) -> str:
    rows = facts.ask("from marts.country_quarterly where quarter = $q and bits is not null order by bits desc, country")
    named = [row for row in rows if row["country"] not in {"unknown", "withheld"}]
    untold = told(facts, "country_quarterly")
    if not named:
        return f"{'Of what is told, no' if untold else 'No'} peer's country is known"
    share = percent(named[0]["share_of_bits"])
    return f"{share} of traffic is with peers in {named[0]['country']}, the most of any country{untold}"


def elephants(facts: Facts) -> list[dict[str, Any]]:
    return facts.ask("from marts.elephant_flows where quarter = $q and bits is not null order by bits desc")


def _elephants(facts: Facts) -> str:
    rows = elephants(facts)
    if not rows:
        return "Elephants by network: no elephant in this quarter"
    first, way = rows[0], {"ingress": "from", "egress": "to"}
    number = "1 elephant" if first["elephants"] == 1 else f"{first['elephants']:,} elephants"
    who = f"{way[first['direction']]} {first['network_key'].upper().replace(':', '')}"
    verb = "carries" if first["elephants"] == 1 else "carry"
    return (
        f"{number} {who} {verb} {si(first['bits'])}, the most of any network{told(facts, 'elephant_flows')}, and "
        f"{percent(first['share_of_bits'])} of its bits that way"
    )


def _changes(facts: Facts) -> str:
    """The demo's map is the same in both quarters."""
    assert facts.ask("from marts.classification_changes where quarter = $q") == []
    return "Networks that changed their type: none since the quarter before"


def behaviour_numbers(facts: Facts) -> dict[str, set[str]]:
    """The numbers that the sentences of each chart of behaviour may hold, beside its finding."""
    rows = facts.ask("from marts.quarter_bridge where quarter = $q and value is not null and metric = 'share_of_bits'")
    effects = ("traffic_effect", "reclassification_effect", "definition_effect", "coverage_effect")
    bridge = {points(float(row["value"] - row["previous_value"])) for row in rows}
    bridge |= {points(float(row[name])) for row in rows for name in effects}
    cells = facts.ask("from marts.concentration_quarterly where quarter = $q")
    staying = facts.ask("from marts.persistence_quarterly where quarter = $q and not is_suppressed")
    spans = [sizes(facts, part) for part in (0.1, 0.5, 0.9)]
    kinds = facts.ask("select network_type, connectivity, sum(bits)::double as bits from marts.connectivity_quarterly "
                      "where quarter = $q group by all")  # fmt: skip
    whole = {kind: sum(row["bits"] or 0 for row in kinds if row["network_type"] == kind) for kind in facts.labels}
    movers = _rates(facts)
    clouds = facts.ask("from marts.cross_cloud_quarterly where quarter = $q and bits is not null")
    return {
        "quarter-bridge": bridge,
        "top-movers": {("+" if row["change"] > 0 else "") + si(row["change"], "bit/s") for row in movers}
        | {str(len(movers) - 14)},
        "ip-versions": {percent(part) for found in ipv6_parts(facts).values() for part in found.values()}
        | {str(len(facts.ask("from marts.ip_version_monthly where quarter = $q")))},
        "connectivity": {percent(row["bits"] / whole[row["network_type"]]) for row in kinds if row["bits"]}
        | _withheld(facts, "connectivity_quarterly"),
        "cross-cloud": {si(row["bits"]) for row in clouds},
        "concentration": {percent(row["top_10_address_share"]) for row in cells} | _of_cells(cells) | {"3.0"},
        "persistence": {percent(row["persistent_ips"] / row["unique_ips"]) for row in staying}
        | {percent(row["persistent_share_of_bits"]) for row in staying},
        "flow-sizes": {_bare(si(size, "B")) for found in spans for size in found.values()}
        | {"80%"} | _withheld(facts, "flow_size_quarterly"),
        "new-addresses": {percent(part) for part in new_parts(facts).values()} | _of_history(facts),
        "rhythm": {"168", f"{168 * len(weeks(facts)):,}", "00"}
        | {f"{row[name] % 24:02}" for row in weeks(facts) for name in ("busiest", "quietest")},
        "history": {percent(share) for found in shares(facts).values() for share in found.values()}
        | {"5", str(len(shares(facts)))},
        "workflows": _of_workflows(facts),
        "countries": {si(row["bits"]) for row in facts.ask("from marts.country_quarterly where quarter = $q")},
        "elephants": {si(row["bits"]) for row in elephants(facts)} | {str(row["elephants"]) for row in elephants(facts)}
        | _withheld(facts, "elephant_flows"),
        "classification-changes": set(),
    }  # fmt: skip


def _bare(text: str) -> str:
    """A size without its unit, which is not one of the page's bits."""
    return text.partition(THIN)[0]


def _withheld(facts: Facts, mart: str) -> set[str]:
    rows = facts.ask(f"select count(*) as cells from marts.{mart} where quarter = $q and is_suppressed")
    return {str(rows[0]["cells"])}


def _of_cells(cells: list[dict[str, Any]]) -> set[str]:
    return {str(len({cell[column] for cell in cells})) for column in ("network_type", "region")} | {str(len(cells))}


def _of_history(facts: Facts) -> set[str]:
    rows = facts.ask("from marts.new_addresses_monthly where quarter = $q")
    untold = sum(row["new_ips"] is None for row in rows)
    return {str(row["history_began_on"]) for row in rows} | {str(len(rows)), str(untold)}


def _of_workflows(facts: Facts) -> set[str]:
    rows = workflows(facts)
    known = [row for row in rows if not row["is_suppressed"]]
    found = {str(len(rows)), str(len(rows) - len(known)), str(len(known) - 16)}
    for row in known:
        moment = cast(Mapping[str, Any], row)["began_at"]
        found |= {si(row["bits_per_second_sustained"], "bit/s"), f"{moment:%Y-%m-%d}", f"{moment:%H}", f"{moment:%M}"}
    return found
