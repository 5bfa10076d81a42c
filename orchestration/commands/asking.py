"""What `netstats init` can't see in exports: answered by options in a script, asked on a terminal.

Belongs here: the questions and their defaults. Does not belong here: what is written of the answers (init).
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from assets.exports.survey import ExporterSeen
from assets.ground.addresses import IPNetwork
from assets.operator.cells import address, one_of, prefix
from assets.operator.settings import format_names
from orchestration.commands.terminal import Lines

SUGGESTED = "suggested: one row for all; edit it, and add others"
ALL = ""


@dataclass(frozen=True)
class Answers:
    """What options answer; `sampling` are intervals by exporter's address, under ALL for every one that tells none."""

    name: str | None = None
    own_asns: tuple[int, ...] = ()
    own_prefixes: tuple[IPNetwork, ...] = ()
    contact: str | None = None
    region: str | None = None
    metro: str | None = None
    sampling: Mapping[str, float] = field(default_factory=dict)
    format: str = "auto"
    is_scaled: bool = False
    reads_all: bool = False

    @property
    def may_ask(self) -> bool:
        return sys.stdin.isatty()

    @property
    def is_of_a_new_folder(self) -> bool:
        """Whether anything is answered that stands in files which are written once."""
        answered = (self.name, self.own_asns, self.own_prefixes, self.contact, self.region, self.metro, self.is_scaled)
        return any(answered) or self.format != "auto"

    def complete(self, folder: Path, exporters: Sequence[ExporterSeen], likely_as: int | None) -> "Answers":
        """The answers with those that a person gives, where one is there to be asked."""
        if not self.may_ask:
            return self
        shares = ", ".join(f"{one.address} ({one.share:.0%})" for one in exporters[:10])
        click.echo(f"found {len(exporters)} exporters: {shares}")
        return replace(
            self,
            name=self.name or click.prompt("Name of the network", default=folder.name),
            own_asns=self.own_asns or _as_numbers(likely_as),
            contact=self.contact or click.prompt("Whom may registries ask (an address for mail)", default="") or None,
            region=self.region or click.prompt("Region that the routers stand in", default="Region 1"),
            metro=self.metro or click.prompt("City that the routers stand in", default="City 1"),
        )

    def sampling_of(self, addresses: Sequence[str]) -> dict[str, float]:
        """The interval of each exporter that does not tell it; those that nobody knows are left out."""
        found = dict[str, float]()
        for exporter in addresses:
            interval = self.sampling.get(exporter, self.sampling.get(ALL))
            if interval is None and self.may_ask:
                asked = f"{exporter} does not tell its sampling: one packet in how many (1: all; 0: not known)"
                interval = click.prompt(asked, type=click.FloatRange(min=0), default=0)
            if interval:
                found[exporter] = float(interval)
        return found

    def region_row(self, region: str) -> dict[str, str]:
        label = self.region or "Region 1"
        return {"region": region, "label": label, "position": "1", "note": SUGGESTED}

    def site_row(self, site: str, region: str) -> dict[str, str]:
        return {"site": site, "metro": self.metro or self.region or "City 1", "region": region, "note": SUGGESTED}


def _as_numbers(likely_as: int | None) -> tuple[int, ...]:
    default = "" if likely_as is None else str(likely_as)
    asked = "Own AS numbers, with spaces between"
    numbers: tuple[int, ...] = click.prompt(asked, default=default, value_proc=_answered_as_numbers)
    return numbers


def _answered_as_numbers(answer: str) -> tuple[int, ...]:
    """Those of an answer; of one that can't be read click says why, and asks again."""
    try:
        return as_numbers(answer.split())
    except Lines as error:
        raise click.UsageError(error.message) from error


def as_numbers(texts: Sequence[str]) -> tuple[int, ...]:
    """AS numbers written as 64500 or AS64500; Lines says which is none."""
    numbers = []
    for text in texts:
        digits = text.upper().removeprefix("AS").rstrip(",")
        if not digits.isdecimal() or not 0 < int(digits) < 2**32:
            raise Lines(f"own AS {text}: is not an AS number; write it as 64500 or AS64500")
        numbers.append(int(digits))
    return tuple(dict.fromkeys(numbers))


def sampling(texts: Sequence[str]) -> dict[str, float]:
    """Intervals written as 1000 (all that tell none) or 192.0.2.1=1000; Lines says which is none."""
    found = dict[str, float]()
    for text in texts:
        exporter, _, interval = text.rpartition("=")
        if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})?", interval) or float(interval) < 1:
            raise Lines(
                f"--sampling {text}: is not an interval; write one packet in how many, as 1000 or 192.0.2.1=1000"
            )
        try:
            found[str(address(exporter)) if exporter else ALL] = float(interval)
        except ValueError as error:
            raise Lines(f"--sampling {text}: {error}") from error
    return found


def file_format(name: str) -> str:
    """The name of a format; Lines says which there are."""
    try:
        return one_of(format_names())(name)
    except ValueError as error:
        raise Lines(f"--format {name}: {error}") from error


def prefixes(texts: Sequence[str]) -> tuple[IPNetwork, ...]:
    """Prefixes as they were given; Lines says which is none."""
    found = list[IPNetwork]()
    for text in texts:
        try:
            found.append(prefix(text))
        except ValueError as error:
            raise Lines(f"--own-prefix {text}: {error}") from error
    return tuple(found)
