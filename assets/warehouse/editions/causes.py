"""What an edition was made from, and in words what of that is otherwise than in the edition before.

Belongs here: comparing inputs. Does not belong here: reading them (assets.reports.editions). Names of networks and
prefixes stay out of the words: whom a decision is about may be withheld.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Inputs = Mapping[str, Any]
"""`decisions` (date, end and hash of each), `registries` (date by source), `exports` (counts by what is counted), and
`settings`, `reviewed_data` and `platform` (hash by table, seed and part)."""
UNKNOWN = "nothing of what an edition notes of its making"


def what_changed(before: Inputs, now: Inputs) -> tuple[str, ...]:
    """One phrase for each input that differs: "2 decisions of 2026-01-12"."""
    phrases = (
        *_decisions(before.get("decisions", []), now.get("decisions", [])),
        *_registries(before.get("registries", {}), now.get("registries", {})),
        *_exports(before.get("exports", {}), now.get("exports", {})),
        *_named("settings of the operator", before.get("settings", {}), now.get("settings", {})),
        *_named("reviewed data", before.get("reviewed_data", {}), now.get("reviewed_data", {})),
        *_named("the platform", before.get("platform", {}), now.get("platform", {})),
    )
    return phrases or (UNKNOWN,)


def _decisions(before: Sequence[Sequence[str]], now: Sequence[Sequence[str]]) -> Iterator[str]:
    known, current = ({tuple(one) for one in decisions} for decisions in (before, now))
    for decisions, ending in ((current - known, ""), (known - current, ", taken back or changed")):
        for decided_on, number in sorted(Counter(one[0] for one in decisions).items()):
            yield f"{number} {'decision' if number == 1 else 'decisions'} of {decided_on}{ending}"


def _registries(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for source in sorted({*before, *now}):
        if source not in now:
            yield f"registry {source} is not used any more"
        elif source not in before:
            yield f"registry {source} of {now[source]} is new"
        elif before[source] != now[source]:
            yield f"registry {source} of {now[source]} ({before[source]} before)"


def _exports(before: Mapping[str, int], now: Mapping[str, int]) -> Iterator[str]:
    differing = [name for name in now if before.get(name) != now[name]]
    if differing:
        counts = [f"{now[name]:,} {name} ({before.get(name, 0):,} before)" for name in differing]
        yield f"exports: {', '.join(counts)}"


def _named(what: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if names:
        yield f"{what}: {', '.join(name.replace('_', ' ') for name in names)}"
