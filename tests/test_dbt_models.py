"""The models of the dbt project as they are written: what reads what.

Belongs here: what can be told without a warehouse. Does not belong here: what models hold (tests/warehouse).
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from assets.exports.survey import _conversations
from assets.operator.limits import CLOCK_TOLERANCE, shared_limits
from tests.dbt_texts import MODELS, macros, references

PROJECT = Path(__file__).parents[1]
TOPICS = ("behaviour", "magnitude", "network_type", "regional")


def names_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.rglob("*.sql")}


def readers_of(model: str, folder: Path) -> set[str]:
    return {path.stem for path in folder.rglob("*.sql") if model in references(path.read_text(encoding="utf-8"))}


def test_marts_that_are_not_comparisons_read_no_mart() -> None:
    marts = names_in(MODELS / "marts")
    read = {
        path.stem: references(path.read_text(encoding="utf-8")) & marts
        for topic in TOPICS
        for path in (MODELS / "marts" / topic).glob("*.sql")
    }
    assert {mart: others for mart, others in read.items() if others} == {}


def test_the_types_of_a_quarter_are_worked_out_once_for_what_is_made_with_marts() -> None:
    made_with_marts = [MODELS / "marts", MODELS / "core" / "by_quarter"]
    for types, worked_out in (
        ("network_types_by_quarter", "quarter_types"),
        ("network_types_before", "quarter_types_before"),
    ):
        assert set[str]().union(*(readers_of(types, folder) for folder in made_with_marts)) == {worked_out}


def test_marts_read_facts_as_the_quarter_has_them() -> None:
    """Each reading of a fact by name costs a join of all its rows; sizes of flows are few, and read by one mart."""
    facts = ("traffic_bins", "typed_traffic_bins", "placed_traffic_bins", "typed_peer_address_days")
    assert {fact: readers_of(fact, MODELS / "marts") for fact in facts} == {fact: set() for fact in facts}
    assert readers_of("peer_address_days", MODELS / "marts") == {"new_addresses_monthly"}, (
        "its history is not a quarter's"
    )


def test_no_macro_stands_in_for_a_model() -> None:
    """A macro of CTEs is for what stands in several models: one that a single model calls is that model's own text."""
    texts = {path: path.read_text(encoding="utf-8") for path in MODELS.rglob("*.sql")}
    everywhere = "\n".join([*texts.values(), *macros().values()])
    of_ctes = {
        name for name, text in macros().items() if re.search(r"^\w*(\{\{ name \}\}\w*)? as \($", text, flags=re.M)
    }
    once = {name for name in of_ctes if len(re.findall(rf"\b{name}\(", everywhere)) < 2}
    assert once == set()


def test_every_number_that_checks_share_with_models_is_taken_from_its_seed() -> None:
    texts = "\n".join([*macros().values(), *(path.read_text(encoding="utf-8") for path in MODELS.rglob("*.sql"))])
    taken = {*re.findall(r"limit_of\('([^']+)'\)", texts), *re.findall(r"limit_name = '([a-z ]+)'", texts)}
    assert taken == set(shared_limits())


def published_names() -> list[str]:
    """The marts under the names that they have in the published database."""
    aliases = {
        path: re.search(r"alias\s*=\s*'(\w+)'", path.read_text(encoding="utf-8"))
        for path in (MODELS / "marts").rglob("*.sql")
    }
    return sorted(alias.group(1) if alias else path.stem for path, alias in aliases.items())


def explained(section: str, marts: list[str], least_words: int = 5) -> set[str]:
    """The marts of which a paragraph or an item of a list says something: some words for each of them in it."""
    found: set[str] = set()
    for paragraph in re.split(r"\n\n|\n- ", section):
        names = set(re.findall(r"`(\w+)`", paragraph)) & set(marts)
        words = re.findall(r"[a-z]{2,}", re.sub(r"`[^`]*`", "", paragraph))
        found |= names if len(words) >= least_words * len(names) else set()
    return found


def test_names_alone_explain_nothing() -> None:
    marts = ["one", "two", "three"]
    assert explained("`one`, `two`: by type.\n\n`three` tells bits.", marts) == set()
    assert explained("\n- `one` tells the bits of each type, as `four` says.", marts) == {"one"}


def test_the_method_says_how_every_mart_is_made() -> None:
    method = (PROJECT / "docs" / "method.md").read_text(encoding="utf-8")
    assert "## The marts\n" in method, "docs/method.md has no section of marts"
    section = method.split("## The marts\n")[1].split("\n## ")[0]
    assert sorted(set(published_names()) - explained(section, published_names())) == []


def test_what_a_survey_reckons_with_is_what_the_models_do() -> None:
    """Its package is pure and reads no seed: it has the numbers of macros, and the project's clock tolerance."""
    assert shared_limits()[CLOCK_TOLERANCE].number * 1000 == _conversations.CLOCK_TOLERANCE_MS
    assert {
        "default_active_timeout_s": str(_conversations.DEFAULT_TIMEOUT_S),
        "longest_active_timeout_s": str(_conversations.LONGEST_TIMEOUT_S),
        "largest_packet_bytes": str(_conversations.MOST_BYTES_A_PACKET),
    }.items() <= macros().items()


def models_in(folder: str) -> dict[str, dict[str, Any]]:
    """What the yml of each model below a folder says, by the model's name."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((MODELS / folder).rglob("*.yml"))]
    return {model["name"]: model for text in texts for model in yaml.safe_load(text).get("models", [])}


def test_a_column_is_described_once() -> None:
    """What several models say of a column of theirs is a block of columns.md."""
    said = Counter(
        (column["name"], " ".join(column["description"].split()))
        for model in models_in(".").values()
        for column in model.get("columns", [])
        if "{{ doc(" not in column["description"]
    )
    assert [told for told, times in said.items() if times > 1] == []


def test_every_block_is_of_several_models() -> None:
    written = [path.read_text(encoding="utf-8") for path in sorted(MODELS.rglob("*.yml"))]
    used = Counter(name for text in written for name in re.findall(r"doc\('(\w+)'\)", text))
    blocks = re.findall(r"{% docs (\w+) %}", (MODELS / "columns.md").read_text(encoding="utf-8"))
    assert {name for name in blocks if used[name] < 2} == set()
    assert set(used) == set(blocks)


def test_the_grain_of_every_mart_is_a_test() -> None:
    for name, mart in models_in("marts").items():
        [grain] = [test["one_row_per"]["arguments"]["columns"] for test in mart.get("data_tests", [])]
        assert set(grain) <= {column["name"] for column in mart["columns"]}, name


def test_nothing_is_named_as_a_folder_by_which_dbt_would_choose_all_that_lies_in_it() -> None:
    project = MODELS.parent
    folders = {path.name for top in (MODELS, project / "seeds") for path in top.iterdir() if path.is_dir()}
    named = names_in(MODELS) | {path.stem for path in (project / "seeds").rglob("*.csv")}
    assert {"core", "shared_limits"} < folders
    assert folders & named == set()
