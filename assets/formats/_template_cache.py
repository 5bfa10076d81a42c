"""The templates that are known, by who told them and their id, within bounds.

Belongs here: keeping, withdrawing and bounding templates. Does not belong here: reading or using them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from assets.formats._templates import Domain, Template

# Of one exporter, over all its domains; a router with twenty line cards describes some 10,000.
MOST_FIELDS = 65_536


@dataclass
class TemplateCache:
    """Templates by domain and id; each exporter may describe MOST_FIELDS fields at a time."""

    kept: dict[Domain, dict[int, Template]] = field(default_factory=dict)
    fields: Counter[bytes] = field(default_factory=Counter)

    def __len__(self) -> int:
        return sum(map(len, self.kept.values()))

    def __iter__(self) -> Iterator[tuple[Domain, int, Template]]:
        """All that are kept, in the order of domain and id."""
        for domain in sorted(self.kept):
            for template_id, template in sorted(self.kept[domain].items()):
                yield domain, template_id, template

    def get(self, domain: Domain, template_id: int) -> Template | None:
        of_domain = self.kept.get(domain)
        return None if of_domain is None else of_domain.get(template_id)

    def keep(self, domain: Domain, template_id: int, template: Template) -> bool:
        """Keep a template in place of what had its id; says whether there was room for it."""
        if self.get(domain, template_id) == template:
            return True
        self.withdraw(domain, template_id)
        if self.fields[domain.exporter] + len(template.fields) > MOST_FIELDS:
            return False
        self.kept.setdefault(domain, {})[template_id] = template
        self.fields[domain.exporter] += len(template.fields)
        return True

    def withdraw(self, domain: Domain, template_id: int) -> None:
        """Forget a template, if it is known."""
        template = self.kept.get(domain, {}).pop(template_id, None)
        if template is not None:
            self.fields[domain.exporter] -= len(template.fields)
        if not self.kept.get(domain, True):
            del self.kept[domain]

    def withdraw_all(self, domain: Domain, *, is_options: bool) -> None:
        """Forget the domain's templates, or its options templates (RFC 7011 section 8.1)."""
        of_domain = self.kept.get(domain, {})
        for template_id in [number for number, one in of_domain.items() if one.is_options == is_options]:
            self.withdraw(domain, template_id)
