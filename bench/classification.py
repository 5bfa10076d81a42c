"""How often the types of networks are right, by rule, on hand-labelled networks: the numbers of docs/method.md.

    netstats classify --all -o answers.csv [--without known_networks]
    python -m bench.classification answers.csv LABELS.csv [--part development | held_out] [--misses]

LABELS.csv has the columns asn, labels (with `|` between them) and name_in_ip_location_db (empty: not routed, left
out).
A third of the labels is held out: those where the SHA-256 of the AS number (in decimal digits) is divisible by three.
Rules and patterns are made with the other two thirds (`development`) and are frozen before the third is looked at; the
confidences that the seed states are then those of the third.
Belongs here: the split, and counting. Does not belong here: the rules (dbt_project/), or labels.
"""

import csv
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import click

Z_95 = 1.959964
NOT_COVERED = {"", "unclassified"}
GROUPS = {"hyperscaler": "hosting", "neocloud": "hosting", "isp_regional": "isp", "isp_tier1": "isp"}
LABELS = {
    "Mobile": "isp",
    "Satellite": "isp",
    "ContentProvider_Cloud": "hosting",
    "ContentProvider_Hosting": "hosting",
    "ContentProvider_CDN": "cdn",
    "EducationalResearch": "education",
    "Government": "government",
    "Enterprise": "enterprise",
    "Finance": "enterprise",
    "IXP": "ixp",
}
PARTS = {"development": False, "held_out": True}


class Answer(NamedTuple):
    """What the rules say of a network."""

    group: str
    rule: str
    confidence: float


class Rate(NamedTuple):
    """How many of how many."""

    hits: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson score interval at 95%."""
        if not self.of:
            return 0.0, 1.0
        share, spread = self.hits / self.of, Z_95**2 / self.of
        middle = (share + spread / 2) / (1 + spread)
        half = Z_95 / (1 + spread) * math.sqrt(share * (1 - share) / self.of + spread / (4 * self.of))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        share = self.hits / self.of if self.of else math.nan
        return f"{share:.3f} ({low:.3f} to {high:.3f}), {self.hits} of {self.of}"


def is_held_out(asn: int) -> bool:
    """Whether a label belongs to the third that nothing is made with."""
    return int(hashlib.sha256(str(asn).encode()).hexdigest(), 16) % 3 == 0


def groups_of(labels: str) -> frozenset[str]:
    """The groups that a network's labels stand for."""
    found = {"isp" if one.startswith(("Access", "Transit")) else LABELS.get(one) for one in labels.split("|")}
    return frozenset(group for group in found if group is not None)


def read_labels(path: Path, part: str | None) -> dict[int, frozenset[str]]:
    """The groups of the routed networks of a part of the labels (None: of all), by AS number."""
    with path.open(encoding="utf-8", newline="") as content:
        return {
            int(row["asn"]): groups_of(row["labels"])
            for row in csv.DictReader(content)
            if row["name_in_ip_location_db"] and (part is None or is_held_out(int(row["asn"])) is PARTS[part])
        }


def read_answers(path: Path) -> dict[int, Answer]:
    """What `netstats classify --all` wrote, by AS number; networks without a type are left out."""
    with path.open(encoding="utf-8", newline="") as content:
        return {
            int(row["asn"]): Answer(
                GROUPS.get(row["network_type"], row["network_type"]), row["rule"], float(row["confidence"])
            )
            for row in csv.DictReader(content)
            if row["network_type"] not in NOT_COVERED
        }


def f1(answers: Mapping[int, Answer], gold: Mapping[int, frozenset[str]], group: str) -> float:
    """The harmonic mean of precision and recall of a group."""
    said = [asn for asn in gold if asn in answers and answers[asn].group == group]
    meant = [asn for asn, groups in gold.items() if group in groups]
    hits = sum(group in gold[asn] for asn in said)
    return 2 * hits / (len(said) + len(meant)) if said or meant else math.nan


def by_rule(answers: Mapping[int, Answer], gold: Mapping[int, frozenset[str]]) -> dict[tuple[str, float], Rate]:
    """How often each rule is right where it answers, by rule and stated confidence."""
    found: dict[tuple[str, float], list[bool]] = defaultdict(list)
    for asn in sorted(gold.keys() & answers.keys()):
        answer = answers[asn]
        found[answer.rule, answer.confidence].append(answer.group in gold[asn])
    return {key: Rate(sum(hits), len(hits)) for key, hits in sorted(found.items())}


def lines_of(answers: Mapping[int, Answer], gold: Mapping[int, frozenset[str]]) -> Iterable[str]:
    """The measurement, a line each."""
    covered = gold.keys() & answers.keys()
    yield f"networks  {len(gold)}"
    yield f"coverage  {Rate(len(covered), len(gold))}"
    yield f"accuracy  {Rate(sum(answers[asn].group in gold[asn] for asn in covered), len(covered))}"
    for group in ("hosting", "isp", "education", "enterprise", "government", "cdn", "ixp"):
        yield f"F1 {group:11} {f1(answers, gold, group):.3f}"
    for (rule, confidence), rate in by_rule(answers, gold).items():
        low, high = rate.interval
        verdict = "" if low <= confidence <= high else "  STATED CONFIDENCE OUTSIDE"
        yield f"{rule:18} stated {confidence:.2f}, right {rate}{verdict}"


@click.command()
@click.argument("answers", type=click.Path(path_type=Path))
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--part", type=click.Choice(list(PARTS)), help="Default: all labels.")
@click.option("--misses", is_flag=True, help="Also each wrong answer.")
def main(answers: Path, labels: Path, part: str | None, misses: bool) -> None:
    """Measure answers of `netstats classify --all` against labels."""
    said, gold = read_answers(answers), read_labels(labels, part)
    for line in lines_of(said, gold):
        click.echo(line)
    for asn in sorted(gold.keys() & said.keys()) if misses else ():
        if said[asn].group not in gold[asn]:
            click.echo(f"AS{asn}: {said[asn].group} by {said[asn].rule}, labelled {'|'.join(sorted(gold[asn]))}")


if __name__ == "__main__":
    main()
