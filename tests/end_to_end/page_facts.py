"""What the page's findings and the figures on top should be, from the published marts without the charts' code.

Belongs here: asking the marts, and the sentences that state a finding. Does not belong here: other numbers
(page_numbers), tables (page_tables).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import median
from typing import Any

import duckdb

from tests.end_to_end.page_units import count, inside, listed, percent, si, times, written

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
Rows = list[dict[str, Any]]


@dataclass
class Facts:
    """The published marts, asked about one quarter."""

    database: duckdb.DuckDBPyConnection
    quarter: str

    def ask(self, sql: str) -> Rows:
        found = self.database.execute(sql.replace("$q", f"'{self.quarter}'"))
        names = [name for name, *_ in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    @cached_property
    def labels(self) -> dict[str, str]:
        rows = self.ask("select network_type as id, label from marts.network_types")
        rows += self.ask("select region as id, label from marts.regions")
        return {row["id"]: row["label"] for row in rows}

    @cached_property
    def cells(self) -> Rows:
        return self.ask("from marts.region_network_type_quarterly where quarter = $q and bits is not null")

    @cached_property
    def types(self) -> Rows:
        return self.ask(
            "from marts.magnitude_quarterly where quarter = $q and bits is not null order by magnitude desc"
        )

    @cached_property
    def places(self) -> Rows:
        """Metros of all types together, largest first; in the demo each has a position."""
        return self.ask(
            "select metro, sum(bits)::double as bits, sum(share_of_bits) as share "
            "from marts.metro_network_type_quarterly where quarter = $q group by all order by bits desc"
        )

    @cached_property
    def metros(self) -> Rows:
        """Types by metro, largest first; in the demo nothing of them is withheld."""
        return self.ask("from marts.metro_network_type_quarterly where quarter = $q order by bits desc")

    @cached_property
    def paths(self) -> Rows:
        return self.ask(
            "from marts.traffic_flow_quarterly where quarter = $q and direction in ('ingress', 'egress') and bits > 0 "
            "order by bits desc"
        )

    @cached_property
    def months(self) -> dict[date, dict[str, dict[str, Any]]]:
        months: dict[date, dict[str, dict[str, Any]]] = {}
        for row in self.ask("from marts.network_type_monthly where quarter <= $q order by month"):
            months.setdefault(row["month"], {})[row["network_type"]] = row
        return months

    def place(self, cell: Mapping[str, Any]) -> str:
        return f"{self.labels[cell['network_type']]} in {self.labels[cell['region']]}"

    def path(self, one: Mapping[str, Any]) -> str:
        region, kind = self.labels[one["region"]], inside(self.labels[one["network_type"]])
        return f"{region} to {kind}" if one["direction"] == "egress" else f"{kind} into {region}"

    def findings(self) -> dict[str, str]:
        """The title of each chart."""
        magnitude = max(self.cells, key=lambda cell: cell["magnitude"])
        middle = median(cell["magnitude"] for cell in self.cells)
        largest, most = (max(self.cells, key=lambda cell: cell[column]) for column in ("bits", "unique_ips"))
        others = [cell for cell in self.cells if cell["network_type"] != most["network_type"]]
        following = max(others, key=lambda cell: cell["unique_ips"])
        top = [row for row in self.types if row["magnitude"] * 3 >= self.types[0]["magnitude"]]
        names = listed([inside(self.labels[row["network_type"]]) for row in top])
        below = sum(row["magnitude"] * 10 < self.types[0]["magnitude"] for row in self.types)
        first = inside(self.labels[self.types[0]["network_type"]])
        whole = sum(one["bits"] for one in self.paths)
        egress = float(sum(one["bits"] for one in self.paths if one["direction"] == "egress") / whole)
        way = f"{percent(egress)} of traffic leaves" if egress >= 0.5 else f"{percent(1 - egress)} of traffic comes in"
        least = si(top[-1]["magnitude"])
        amount = f"moves {least}" if len(top) == 1 else f"move at least {least}"
        kind, region = (self.labels[magnitude[column]] for column in ("network_type", "region"))
        subject = f"{inside(kind)} addresses in {region}"
        return {
            "monthly-traffic": self._of_months(),
            "region-bits": f"{self.place(largest)} is the largest cell: {percent(largest['share_of_bits'])} of all "
            f"traffic, {si(largest['bits'])}",
            "region-magnitude": f"The {count(magnitude['unique_ips'])} {subject} move {si(magnitude['magnitude'])} "
            f"each on average, {times(magnitude['magnitude'] / middle)} the median cell",
            "region-unique-ips": f"{self.place(most)} shows {count(most['unique_ips'])} unique addresses, "
            f"{times(most['unique_ips'] / following['unique_ips'])} the next type ({inside(self.place(following))})",
            "metro-map": self._of_places(),
            "metro-types": f"{self.labels[self.metros[0]['network_type']]} in {self.metros[0]['metro']} is the largest "
            f"cell: {percent(self.metros[0]['share_of_bits'])} of all traffic, {si(self.metros[0]['bits'])}",
            "traffic-flow": f"{way}; the widest path is {self.path(self.paths[0])}, "
            f"{percent(float(self.paths[0]['bits'] / whole))} of all",
            "magnitude-logarithmic": f"{names[0].upper()}{names[1:]} {amount} for each address on average, "
            f"{times(top[-1]['magnitude'] / self.types[len(top)]['magnitude'])} the next type",
            "magnitude-linear": f"{below} of {len(self.types)} network types stay below a tenth of {first}'s magnitude",
        }

    def _of_places(self) -> str:
        """Each type's largest metro, types by their bits: the first whose metro is not the one with most."""
        first = self.places[0]
        text = f"{first['metro']} has the most traffic of any metro, {percent(first['share'])}"
        sizes: dict[str, int] = {}
        for cell in self.metros:
            sizes[cell["network_type"]] = sizes.get(cell["network_type"], 0) + cell["bits"]
        for kind in sorted(sizes, key=lambda kind: -sizes[kind]):
            largest = next(cell for cell in self.metros if cell["network_type"] == kind)
            if largest["metro"] != first["metro"]:
                return f"{text}; {inside(self.labels[kind])} has most in {largest['metro']}"
        return f"{text}, and the most of each type"

    def _of_months(self) -> str:
        first, last = min(self.months), max(self.months)
        shares = {
            kind: (self.months[first][kind]["share_of_bits"], row["share_of_bits"])
            for kind, row in self.months[last].items()
        }
        leader = max(shares, key=lambda kind: shares[kind][1])
        winner = max(shares, key=lambda kind: shares[kind][1] - shares[kind][0])
        (before, now), name = shares[winner], self.labels[winner]
        ways = f"from {percent(before)} in {MONTHS[first.month - 1]} to {percent(now)} in {MONTHS[last.month - 1]}"
        if winner == leader:
            return f"{name} now carries most and grew most, {ways}"
        carries = f"carries {percent(shares[leader][1])} of {MONTHS[last.month - 1]}'s traffic"
        return f"{name} grew most, {ways}; {inside(self.labels[leader])} {carries}"

    def headlines(self) -> list[list[str]]:
        """The figures on top: number, name and what stands below."""
        compared = self.ask("from marts.quarter_over_quarter where quarter = $q")
        shares = [row for row in compared if row["metric"] == "share_of_bits"]
        groups = self.ask(
            "select share_group, any_value(label) as label, list(network_type) as types from marts.share_groups "
            "group by share_group having count(*) > 1"
        )
        told = {
            row["share_group"]: row["share_of_bits"]
            for row in self.ask("from marts.share_group_quarterly where quarter = $q and direction = 'both'")
        }
        changes = {row["member"]: abs(row["difference"]) for row in shares if row["dimension"] == "share_group"}
        chosen = max(groups, key=lambda one: (changes.get(one["share_group"], 0), told[one["share_group"]]))
        order = {row["network_type"]: row["position"] for row in self.ask("from marts.network_types")}
        kinds = listed([inside(self.labels[kind]) for kind in sorted(chosen["types"], key=order.__getitem__)])
        figures = [[percent(told[chosen["share_group"]]), f"{chosen['label']} ({kinds}), share of traffic"]]
        figures[0].append(self._before(compared, "share_of_bits", "share_group", chosen["share_group"]))
        rising = [row for row in shares if row["dimension"] == "network_type"]
        if rising:
            most = max(rising, key=lambda row: row["difference"])
            name = f"{self.labels[most['member']]}, the largest gain in share"
            before = self._before(compared, "share_of_bits", "network_type", most["member"])
            figures.append([percent(most["value"]), name, before])
        total = [si(sum(row["bits"] for row in self.types)), "crossed the boundary in both directions"]
        for row in compared:
            if (row["metric"], row["dimension"]) == ("bits_daily_average", "total"):
                before = self._before(compared, "bits_daily_average", "total", row["member"])
                total.append(f"{si(row['value'])} a day, {before}")
        first, last = self.types[0], self.types[-1]
        name = f"for each {inside(self.labels[first['network_type']])} address on average, the greatest magnitude"
        ratio = times(first["magnitude"] / last["magnitude"])
        least = f"{ratio} that of {inside(self.labels[last['network_type']])}, the least"
        return [*figures, total, [si(first["magnitude"]), name, least]]

    def _before(self, compared: Rows, metric: str, dimension: str, member: str) -> str:
        cell = (metric, dimension, member)
        found = [row for row in compared if (row["metric"], row["dimension"], row["member"]) == cell]
        if not found:
            return "no quarter before to compare with"
        text = f"{written(metric, found[0]['previous_value'])} the quarter before"
        partial = self.why_partial(found[0]["previous_quarter"])
        return f"{text} ({partial})" if partial else text

    def why_partial(self, quarter: str) -> str:
        window = self.window([quarter])
        if window["days_present"] == window["days_expected"]:
            return ""
        days = f"{window['days_present']} of {window['days_expected']} days"
        began_on = self.ask("from marts.operator_profile")[0]["tracking_began_on"]
        return f"partial: tracking began {began_on}, {days}" if began_on > window["began_on"] else f"partial: {days}"

    def window(self, quarters: Iterable[str]) -> dict[str, Any]:
        """Coverage of quarters together."""
        named = ", ".join(f"'{quarter}'" for quarter in quarters)
        columns = "days_expected days_present bins_expected bins_present records_expected records_received records_lost"
        sums = ", ".join(f"sum({column})::bigint as {column}" for column in columns.split())
        return self.ask(
            f"select {sums}, min(quarter_began_on) as began_on, max(quarter_ended_on) as ended_on "
            f"from marts.coverage_quarterly where quarter in ({named})"
        )[0]

    def checks(self) -> Rows:
        """The last finding of each check that ran on the quarter or the two after, but for those of the page itself."""
        ended = self.window([self.quarter])["began_on"] + timedelta(days=275)
        rows = self.ask("from marts.check_history where not starts_with(asset, 'reports') order by finding_number")
        last = {row["check_name"]: row for row in rows if row["last_day"] <= ended}
        return [
            {**row, "is_broken": not row["passed"] and self.quarter in row["quarters"]}
            for _, row in sorted(last.items())
        ]

    def classified(self, kind: str) -> tuple[float, float]:
        """Bits of networks that are told with a type, and those that are expected to have the right one."""
        of_type = f"and network_type = '{kind}'" if kind else ""
        rows = self.ask(f"from marts.network_quarterly where quarter = $q and type_confidence is not null {of_type}")
        return (
            sum(float(row["bits"]) for row in rows),
            sum(float(row["bits"]) * row["type_confidence"] for row in rows),
        )
