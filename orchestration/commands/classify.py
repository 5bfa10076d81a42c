"""`netstats classify` and `netstats review`: what type networks have and why, and which ones a person should look at.

Belongs here: from AS numbers and addresses to answers, and printing them. Does not belong here: running the rules
(orchestration.commands.classification).
"""

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import click
import duckdb
import pyarrow as pa

from assets.ground.addresses import IPAddress, parse_address, sixteen_bytes
from assets.ground.lake import replacing
from assets.ground.workspace import Workspace
from assets.registry.address_plan import AddressPlan
from assets.registry.keys import ADDRESS_RANGES
from orchestration import resources
from orchestration.commands import classification
from orchestration.commands.pending import pending, pending_on
from orchestration.commands.registries import pull_if_others_are_named
from orchestration.commands.tables import csv_cell, print_table
from orchestration.commands.terminal import Lines, telling_errors

Answer = dict[str, Any]
ALL_COLUMNS = ("asn", "network_type", "confidence", "rule", "evidence", "runner_up")
TABLE_COLUMNS = (
    *("asked", "network_key", "name", "network_type", "confidence", "rule", "evidence", "runner_up"),
    *("secondary_type", "cloud_region"),
)
LONGEST_NUMBER = 10
"""Digits of the largest AS number: Python refuses to read numbers of thousands of digits."""
NO_ANSWER: Answer = {
    "network_type": "unclassified",
    "rule": "unclassified",
    "confidence": 0.0,
    "evidence": "no rule knows this network",
}


def run(asked: Sequence[str], *, everything: bool, without: Sequence[str], as_json: bool, out: Path | None) -> None:
    """Print the answers for AS numbers and addresses, or write those for every AS."""
    if bool(asked) == everything:
        raise Lines("name AS numbers and addresses, or --all for every AS")
    with telling_errors(resources.SettingsError):
        workspace = resources.workspace_from_environment()
        pull_if_others_are_named(workspace)
        today = datetime.now(UTC).date()
        file = classification.classify(workspace, classification.excluded_rules(workspace, without), today)
        with duckdb.connect(file, read_only=True) as database:
            if everything:
                _write_all(database, out)
            else:
                asking, waiting = Asking(workspace, database, today), pending(workspace)
                answers = [asking.answer(one) for one in asked]
                _print(
                    [{**answer, "pending_decision": pending_on(waiting, answer, today)} for answer in answers], as_json
                )


@dataclass
class Asking:
    """Answers from the classified networks, the newest address plan and the decisions in force on a day."""

    workspace: Workspace
    database: duckdb.DuckDBPyConnection
    on: date

    def answer(self, asked: str) -> Answer:
        """The answer for `13335`, `AS13335` or an address; Lines if it is neither."""
        digits = asked.upper().removeprefix("AS")
        if digits.isdecimal() and len(digits) <= LONGEST_NUMBER and int(digits) < 2**32:
            return {"asked": asked, **self._network(int(digits))}
        try:
            address = parse_address(asked)
        except ValueError as error:
            raise Lines(f"{asked}: is neither an AS number nor an address; write 13335, AS13335 or 1.1.1.1") from error
        return {"asked": asked, **self._address(address)}

    def _network(self, asn: int) -> Answer:
        found = self._rows("from intermediate.int_networks__classified where asn = ?", asn)
        return {"network_key": f"as:{asn}", **(found[0] if found else {"asn": asn, **NO_ANSWER})}

    def _address(self, address: IPAddress) -> Answer:
        at = self._plan_row(address)
        if at["is_own"]:
            return {**NO_ANSWER, "network_key": "own", "evidence": "one of the operator's own prefixes"}
        if at["special"]:
            return {**NO_ANSWER, "network_key": "unknown", "evidence": f"no public address: {at['special']}"}
        return {**self._holder(at), **self._decision(address, at["override"]), "plan_as_of": at["plan_as_of"]}

    def _holder(self, at: Answer) -> Answer:
        """Whose address it is: a cloud's that publishes it, else its origin AS's."""
        origin = self._network(at["origin_as"]) if at["origin_as"] is not None else NO_ANSWER
        if at["cloud"] is None:
            return {"network_key": "unknown", **origin}
        cloud = {"cloud": at["cloud"], "cloud_region": at["cloud_region"]}
        key = "/".join(part for part in ("cloud:" + at["cloud"], at["cloud_region"]) if part)
        answered = self._rows(
            "select network_type, 'cloud_prefixes' as rule, confidence, clouds.reason as evidence "
            "from seeds.clouds, seeds.network_type_rules where cloud = ? and rule = 'cloud_prefixes'",
            at["cloud"],
        )
        answer = answered[0] if answered else NO_ANSWER
        return {**origin, **cloud, "network_key": key, "runner_up": _other(origin, answer), **answer}

    def _decision(self, address: IPAddress, prefix: str | None) -> Answer:
        """The type that the operator decided for an address, if the plan has a prefix of a decision there.

        Of the decisions in force the one on the longest prefix holds, then the newest.
        """
        packed = sixteen_bytes(address)
        in_force = [
            row
            for row in self.workspace.lake.read(classification.OVERRIDES).to_pylist()
            if prefix is not None
            and row["prefix"] is not None
            and row["first_address"] <= packed <= row["last_address"]
            and row["decided_on"] <= self.on <= (row["expires_on"] or date.max)
        ]
        if not in_force:
            return {}
        row = max(in_force, key=lambda row: (ip_network(row["prefix"]).prefixlen, row["decided_on"]))
        confidence = self._rows("select confidence from seeds.network_type_rules where rule = 'override'")[0]
        evidence = f"{row['prefix']}: {row['reason']} ({row['author']}, {row['decided_on']})"
        return {"network_type": row["network_type"], "rule": "override", "evidence": evidence, **confidence}

    def _plan_row(self, address: IPAddress) -> Answer:
        partition = classification.newest(self.workspace, ADDRESS_RANGES, "plan_as_of")
        plan = AddressPlan.from_table(self.workspace.lake.read(ADDRESS_RANGES, partition))
        (found,) = plan.lookup(pa.array([sixteen_bytes(address)], pa.binary(16))).tolist()
        if found < 0:
            return {**dict.fromkeys(plan.table.column_names), "plan_as_of": partition.on}
        row: Answer = plan.table.slice(found, 1).to_pylist()[0]
        return row

    def _rows(self, statement: str, *parameters: object) -> list[Answer]:
        found = self.database.execute(statement, list(parameters))
        columns = [name for name, *_ in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _other(origin: Answer, answer: Answer) -> str | None:
    """What the AS alone would have said, if that is another type."""
    kind = origin["network_type"]
    return kind if kind not in ("unclassified", answer["network_type"]) else None


def _print(answers: list[Answer], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answers, default=str, indent=1))
    else:
        is_any_pending = any(answer["pending_decision"] for answer in answers)
        columns = (*TABLE_COLUMNS, "pending_decision") if is_any_pending else TABLE_COLUMNS
        print_table(columns, ([answer.get(column) for column in columns] for answer in answers))


def _write_all(database: duckdb.DuckDBPyConnection, out: Path | None) -> None:
    rows = database.execute(f"select {', '.join(ALL_COLUMNS)} from intermediate.int_networks__classified order by asn")
    if out is None:
        _write_csv(sys.stdout, rows.fetchall())
        return
    with replacing(out.resolve()) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        _write_csv(file, rows.fetchall())


def _write_csv(file: Any, rows: list[tuple[object, ...]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(ALL_COLUMNS)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
