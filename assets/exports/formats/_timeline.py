"""What was told when: the values of one thing over the time at which its exporter sent them.

Belongs here: which value is in force for a datagram, in whatever order datagrams arrive. Does not belong here: what is
told (templates, sampling), or reading it.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")
SENT_SECOND_SHIFT = 32


class When(NamedTuple):
    """When something was sent: header clock (s) and sequence number as one number, order of arrival, byte."""

    sent: int
    arrival: int = 0
    place: int = 0

    @property
    def second(self) -> int:
        return self.sent >> SENT_SECOND_SHIFT


@dataclass
class Timeline(Generic[Value]):
    """The values of one thing: each holds from its moment to that of the next.

    A value that is told again changes nothing, so only `last`, when it was told last, is kept of that. Where something
    else turns out to have been told between, it is not known from when on the first held again: `is_rough`; told once
    more to a timeline that `keeps_all`, it is.
    """

    begins: list[When] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    last: list[When] = field(default_factory=list)
    asked_until: When | None = None
    is_contradicted: bool = False
    is_rough: bool = False
    keeps_all: bool = False
    # What was told first has been forgotten: of moments before the rest nothing is known any more.
    is_cut: bool = False

    def __len__(self) -> int:
        return len(self.begins)

    def tell(self, when: When, value: Value) -> bool:
        """Take a value; says whether it is news. One that changes what was asked for contradicts the answer."""
        here = bisect_right(self.begins, when) - 1
        if here < 0 and self.is_cut:
            return False
        if here >= 0 and self.values[here] == value and not (self.keeps_all and self.begins[here] != when):
            self.last[here] = max(self.last[here], when)
            return False
        before = self.holding(when)
        if self.asked_until is not None and (here < 0 or when <= self.asked_until) and before != value:
            self.is_contradicted = True
        if here >= 0 and self.begins[here] == when:
            self.values[here] = value
        elif here >= 0 and when < self.last[here]:
            self.is_rough = True
            until = self.last[here]
            self.last[here] = self.begins[here]
            self._insert(here + 1, when, value)
            self._insert(here + 2, until, self.values[here])
        elif not self.keeps_all and here + 1 < len(self) and self.values[here + 1] == value:
            self.begins[here + 1] = when
        else:
            self._insert(here + 1, when, value)
        return True

    def _insert(self, at: int, when: When, value: Value) -> None:
        self.begins.insert(at, when)
        self.values.insert(at, value)
        self.last.insert(at, when)

    def in_force(self, when: When) -> Value | None:
        """What was told last before a moment, or at it."""
        here = bisect_right(self.begins, when) - 1
        return self.values[here] if here >= 0 else None

    def told_next(self, when: When) -> Value | None:
        """What is told first behind a moment before which nothing was told."""
        return self.values[0] if self.begins and not self.is_cut and when < self.begins[0] else None

    def drop_oldest(self) -> None:
        """Forget what was told first, and so what held before what was told next."""
        self.is_cut = True
        del self.begins[0], self.values[0], self.last[0]

    def holding(self, when: When) -> Value | None:
        """What counts for a moment: what is in force, else what is told next."""
        return self.told_next(when) if not self.begins or when < self.begins[0] else self.in_force(when)

    def ask(self, until: When) -> None:
        """Remember that answers were given for moments up to this one."""
        if self.asked_until is None or self.asked_until < until:
            self.asked_until = until

    def anew(self, before: "Timeline[Value] | None") -> "Timeline[Value]":
        """The same knowledge, of which nothing has been asked.

        A rough one is as it was before, and keeps all; one that was cut is as it was before, too.
        """
        if not self.is_rough and not self.is_cut:
            return Timeline(list(self.begins), list(self.values), list(self.last), keeps_all=self.keeps_all)
        if before is None:
            return Timeline(keeps_all=self.is_rough)
        return Timeline(
            list(before.begins), list(before.values), list(before.begins), keeps_all=self.is_rough, is_cut=before.is_cut
        )
