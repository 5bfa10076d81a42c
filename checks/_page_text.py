"""What a report's page says, read from its HTML as a browser would: figures on top, charts, text.

Belongs here: reading HTML. Does not belong here: what a page must say (checks._pages).
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class ChartText:
    """A chart of the page: its alternative text, its footer's entries, and how many rows its table has."""

    is_drawn: bool = False
    alternative_text: str = ""
    footer: str = ""
    rows: int = 0


@dataclass
class PageText:
    """A page: its whole text, its figures on top with what they are, its charts by the name of their data."""

    text: str = ""
    headlines: list[tuple[str, str]] = field(default_factory=list)
    charts: dict[str, ChartText] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page, self.open, self.slug, self.number = PageText(), list[tuple[str, str, str]](), "", ""
        self.words = list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self.open.append((tag, values.get("id", ""), values.get("class", "")))
        if tag == "figure" and "chart" in values.get("class", ""):
            self.slug = values.get("id", "")
            self.page.charts[self.slug] = ChartText()
        if self.slug and tag == "script" and values.get("data-plot"):
            self.page.charts[self.slug].is_drawn = True
        if self.slug and tag == "tr" and self._is_in("tbody"):
            self.page.charts[self.slug].rows += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "figure":
            self.slug = ""
        while self.open and self.open.pop()[0] != tag:
            continue

    def handle_data(self, data: str) -> None:
        if self._is_in("script") or self._is_in("style") or not data.strip():
            return
        self.words.append(" ".join(data.split()))
        _, identifier, kind = self.open[-1] if self.open else ("", "", "")
        if kind == "figure":
            self.number = data
        elif kind == "what":
            self.page.headlines.append((self.number, data))
        if self.slug and identifier == f"{self.slug}-text":
            self.page.charts[self.slug].alternative_text += data
        if self.slug and any(one == "provenance" for _, _, one in self.open):
            self.page.charts[self.slug].footer += data

    def _is_in(self, tag: str) -> bool:
        return any(name == tag for name, _, _ in self.open)


def read_page(html: str) -> PageText:
    """Read a page's HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.text = " ".join(reader.words)
    return reader.page
