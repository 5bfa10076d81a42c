"""The dbt project as it is written: its macros, and which models a text reads.

Belongs here: what tests of several folders ask of the texts. Does not belong here: compiled models (tests/warehouse).
"""

import re
from functools import cache
from pathlib import Path

MODELS = Path(__file__).parents[1] / "dbt_project" / "models"


@cache
def macros() -> dict[str, str]:
    """The text of each macro by its name."""
    texts = "\n".join(path.read_text(encoding="utf-8") for path in sorted((MODELS.parent / "macros").glob("*.sql")))
    return dict(re.findall(r"{%-?\s*macro (\w+)\(.*?\)\s*-?%}(.*?){%-?\s*endmacro", texts, flags=re.DOTALL))


def references(text: str) -> set[str]:
    """The models that a text reads, or that the macros read which it calls; what it only waits for is a comment."""
    text = re.sub(r"^-- depends_on: .*$", "", text, flags=re.MULTILINE)
    called: set[str] = set()
    calls = _called_in(text)
    while new := calls - called:
        called |= new
        calls = {name for macro in new for name in _called_in(macros()[macro])}
    texts = (text, *(macros()[name] for name in called))
    return {model for part in texts for model in re.findall(r"ref\(\s*'(\w+)'", part)}


def _called_in(text: str) -> set[str]:
    return {name for name in re.findall(r"(\w+)\(", text) if name in macros()}
