"""The templates that are known, by who told them and their id, over time and within bounds.

Belongs here: keeping, withdrawing and bounding templates. Does not belong here: reading or using them.
"""

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from assets.exports.formats._templates import Domain, Template
from assets.exports.formats._timeline import Timeline, When

# Of one exporter, over all its domains; a router with twenty line cards describes some 10,000.
MOST_FIELDS = 65_536
# Of all exporters; those known before a flood of made-up ones keep their place.
MOST_FIELDS_OF_ALL = 1 << 20
# What was replaced is kept for datagrams that come late, so many times the fields of an exporter.
HISTORY = 4
MOST_MISSED = 65_536
# Templates looked at for withdrawals, of all exporters; in exports over UDP there are none (RFC 7011 section 8.4).
MOST_WITHDRAWALS = 1 << 18
# The ids by which all templates, or all options templates, are withdrawn.
ALL_TEMPLATES, ALL_OPTIONS = 2, 3

TemplateKey = tuple[Domain, int]
Versions = Timeline[Template | None]


@dataclass
class TemplateCache:
    """Templates by domain and id, None from when one was withdrawn; bounded by exporter and over all."""

    kept: dict[Domain, dict[int, Versions]] = field(default_factory=dict)
    fields: Counter[bytes] = field(default_factory=Counter)
    fields_of_all: int = 0
    history: Counter[bytes] = field(default_factory=Counter)
    history_of_all: int = 0
    # What data referred to without an answer.
    missed: set[TemplateKey] = field(default_factory=set)
    # When each id was withdrawn, for templates that were sent before and come later.
    withdrawn: dict[TemplateKey, list[When]] = field(default_factory=dict)
    withdrawals: int = 0
    is_contradicted: bool = False

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[tuple[Domain, int, Template]]:
        """All that hold now, in the order of domain and id."""
        for domain in sorted(self.kept):
            for template_id, timeline in sorted(self.kept[domain].items()):
                template = timeline.values[-1] if timeline.values else None
                if template is not None:
                    yield domain, template_id, template

    def of(self, domain: Domain, template_id: int) -> Versions | None:
        """All that was told of an id; asked for in vain, the id is missed until it is told."""
        found = self.kept.get(domain, {}).get(template_id)
        if not found and len(self.missed) < MOST_MISSED:
            self.missed.add((domain, template_id))
        return found

    def keep(self, domain: Domain, template_id: int, template: Template, when: When) -> bool:
        """Keep a template from a moment on; says whether there was room for it."""
        timeline = self.kept.get(domain, {}).get(template_id)
        newest = timeline.values[-1] if timeline else None
        more = len(template.fields) - (len(newest.fields) if newest else 0)
        exporter = domain.exporter
        if more > 0 and (self.fields[exporter] + more > MOST_FIELDS or self.fields_of_all + more > MOST_FIELDS_OF_ALL):
            return False
        if timeline is None:
            timeline = self.kept.setdefault(domain, {})[template_id] = Timeline()
        if not timeline:
            self.is_contradicted |= (domain, template_id) in self.missed
        self._tell(exporter, timeline, when, template)
        self._withdraw_later(domain, template_id, template, when)
        return True

    def withdraw(self, domain: Domain, template_id: int, when: When) -> bool:
        """Say of a template that holds at a moment that it does not from then on; of others this says nothing.

        Says whether it was taken: there may have been too many.
        """
        is_kept = self._keep_withdrawal((domain, template_id), when, 1)
        if is_kept:
            self._end(domain, template_id, when)
        return is_kept

    def withdraw_all(self, domain: Domain, when: When, *, is_options: bool) -> bool:
        """Withdraw the domain's templates, or its options templates (RFC 7011 section 8.1); whether it was taken."""
        key = domain, ALL_OPTIONS if is_options else ALL_TEMPLATES
        if not self._keep_withdrawal(key, when, 1 + len(self.kept.get(domain, {}))):
            return False
        for template_id, timeline in self.kept.get(domain, {}).items():
            holding = timeline.in_force(when)
            if holding is not None and holding.is_options == is_options:
                self._end(domain, template_id, when)
        return True

    def _end(self, domain: Domain, template_id: int, when: When) -> None:
        timeline = self.kept.get(domain, {}).get(template_id)
        if timeline is not None and timeline.in_force(when) is not None:
            self._tell(domain.exporter, timeline, when, None)

    def _keep_withdrawal(self, key: TemplateKey, when: When, looked_at: int) -> bool:
        self.withdrawals += looked_at
        if self.withdrawals > MOST_WITHDRAWALS:
            return False
        insort(self.withdrawn.setdefault(key, []), when)
        return True

    def _withdraw_later(self, domain: Domain, template_id: int, template: Template, when: When) -> None:
        """Let a template end where it was withdrawn first behind the moment it is told of."""
        if not self.withdrawn:
            return
        ids = template_id, ALL_OPTIONS if template.is_options else ALL_TEMPLATES
        known = [self.withdrawn.get((domain, one), []) for one in ids]
        later = [(moments, bisect_right(moments, when)) for moments in known]
        first = min((moments[at] for moments, at in later if at < len(moments)), default=None)
        timeline = self.kept[domain][template_id]
        if first is not None and timeline.in_force(first) == template:
            self._tell(domain.exporter, timeline, first, None)

    def _tell(self, exporter: bytes, timeline: Versions, when: When, template: Template | None) -> None:
        before, newest = len(timeline), timeline.values[-1] if timeline else None
        if not timeline.tell(when, template):
            return
        self.is_contradicted |= timeline.is_contradicted or timeline.is_rough
        now = timeline.values[-1]
        more = (len(now.fields) if now else 0) - (len(newest.fields) if newest else 0)
        self.fields[exporter] += more
        self.fields_of_all += more
        self._remember(exporter, (len(timeline) - before) * _size(template))
        while len(timeline) > 1 and (
            self.history[exporter] > HISTORY * MOST_FIELDS or self.history_of_all > 2 * MOST_FIELDS_OF_ALL
        ):
            self._remember(exporter, -_size(timeline.values[0]))
            timeline.drop_oldest()

    def _remember(self, exporter: bytes, fields: int) -> None:
        self.history[exporter] += fields
        self.history_of_all += fields

    def domains(self) -> list[Domain]:
        """All of which a template is known."""
        return list(self.kept)

    def forget(self, domains: Iterable[Domain]) -> None:
        """Forget all of some domains."""
        for domain in domains:
            self.kept.pop(domain, None)
        self._count()

    def _count(self) -> None:
        """Count the fields anew of all that is kept."""
        self.fields, self.history = Counter(), Counter()
        for domain, of_domain in self.kept.items():
            for timeline in of_domain.values():
                newest = timeline.values[-1] if timeline else None
                self.fields[domain.exporter] += len(newest.fields) if newest else 0
                self.history[domain.exporter] += sum(map(_size, timeline.values))
        self.fields_of_all, self.history_of_all = self.fields.total(), self.history.total()

    def anew(self, before: "TemplateCache") -> "TemplateCache":
        """The same knowledge, of which nothing has been asked; where it is rough, what was known before."""
        found = TemplateCache()
        for domain, of_domain in self.kept.items():
            for template_id, versions in of_domain.items():
                known = before.kept.get(domain, {}).get(template_id)
                found.kept.setdefault(domain, {})[template_id] = versions.anew(known)
        found._count()
        return found


def _size(template: Template | None) -> int:
    """The fields that keeping a version takes; a withdrawal is one, too."""
    return len(template.fields) if template else 1
