"""A report's page as text: blocks of prose and tables, each with the section or figure in which it stands.

Belongs here: reading HTML. Does not belong here: what the numbers should be (page_facts).
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

BLOCKS = {"p", "li", "h1", "h2", "h3", "dt", "dd", "summary", "caption", "title", "td", "th", "a"}
# Scripts hold what is drawn from the same data; commands in `pre` are run by another test.
UNREAD = {"script", "style", "svg", "pre"}
VOID = {"meta", "link", "br", "img", "input", "hr", "source"}
# A number is not a part of a name (IPv4, p95, /64); its prefix and unit belong to it.
NUMBER = re.compile(
    r"(?<![\w/.@=-])(?:\d{4}-\d{2}-\d{2}|Q[1-4]\s\d{4}|[+\u2212±<]?\s?\d[\d,]*(?:\.\d+)*"
    r"(?:%|\u202f[kMGTPEZY]?(?:bit(?:/s|/IP)?)?(?![\w])|\spoints|\stimes)?)"
)


@dataclass
class Block:
    """A piece of prose: the id of its section or figure, its element, and its class."""

    place: str
    tag: str
    kind: str
    text: str = ""

    @property
    def numbers(self) -> list[str]:
        return [found.strip() for found in NUMBER.findall(self.text)]


@dataclass
class Table:
    place: str
    caption: str = ""
    rows: list[list[str]] = field(default_factory=list)


class PageText(HTMLParser):
    """The blocks and tables of a page, in their order; text outside of both is a block of its own element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self.tables: list[Table] = []
        self._open: list[tuple[str, str]] = []
        self._texts: list[Block] = []
        self.feed(html)
        self.close()
        for block in self.blocks:
            block.text = " ".join(block.text.replace("\u202f", "\0").split()).replace("\0", "\u202f")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in VOID:
            self.handle_data(" ")
            return
        self._open.append((tag, named.get("id") or "" if tag in {"section", "figure", "nav", "header"} else ""))
        if tag == "table":
            self.tables.append(Table(self._place()))
        elif tag == "tr":
            self.tables[-1].rows.append([])
        if tag in BLOCKS:
            self._texts.append(Block(self._place(), tag, named.get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        self._open.pop()
        if tag not in BLOCKS:
            return
        block = self._texts.pop()
        text = " ".join(block.text.replace("\u202f", "\0").split()).replace("\0", "\u202f")
        if tag in {"td", "th"}:
            self.tables[-1].rows[-1].append(text)
        elif tag == "caption":
            self.tables[-1].caption = text
        if tag == "a" and self._texts:
            # A link is a part of the sentence around it.
            self._texts[-1].text += block.text
        elif tag not in {"td", "th"}:
            self.blocks.append(block)

    def handle_data(self, data: str) -> None:
        if any(tag in UNREAD for tag, _ in self._open):
            return
        if self._texts:
            self._texts[-1].text += data
        elif data.strip():
            self.blocks.append(Block(self._place(), self._open[-1][0] if self._open else "", "", data))

    def _place(self) -> str:
        return next((place for _, place in reversed(self._open) if place), "")
