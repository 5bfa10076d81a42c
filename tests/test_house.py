"""How the house is built: what a package keeps to itself, and names that mean one thing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DEMO, FOLDERS_THAT_SHARE, LONGEST_FIRST

PROJECT = Path(__file__).parents[1]
PACKAGES = ("assets", "checks", "demo", "orchestration")
SOURCES = sorted(path for package in PACKAGES for path in (PROJECT / package).rglob("*.py"))


def imports_of(path: Path) -> Iterator[list[str]]:
    """What a module imports from packages of the house, as the parts of its dotted name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            yield from ([*node.module.split("."), name.name] for name in node.names)


def foreign_and_private(path: Path) -> list[str]:
    """What a module imports although a package that it is not part of keeps it to itself."""
    own = list(path.relative_to(PROJECT).parts[:-1])
    return [
        ".".join(parts)
        for parts in imports_of(path)
        for at, part in enumerate(parts)
        if part.startswith("_") and own[:at] != parts[:at]
    ]


def test_what_a_package_keeps_to_itself_is_imported_by_it_alone() -> None:
    assert {str(path): names for path in SOURCES if (names := foreign_and_private(path))} == {}


def test_an_import_of_what_a_package_keeps_to_itself_is_found() -> None:
    """Tests may look behind a package's door: this one does, and is found out."""
    assert foreign_and_private(PROJECT / "tests" / "fuzz" / "targets.py")


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name == "__init__.py"], ids=str)
def test_a_package_offers_nothing_under_the_name_of_one_of_its_modules(path: Path) -> None:
    """Which of both is meant would depend on what was imported first."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    offered = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    offered |= {name.asname or name.name for node in body if isinstance(node, ast.ImportFrom) for name in node.names}
    modules = {other.stem for other in path.parent.glob("*.py")} | {
        other.parent.name for other in path.parent.glob("*/__init__.py")
    }
    assert offered & modules == set()


def test_tests_that_are_to_begin_are_there() -> None:
    """A file that was renamed would be taken last, without a word."""
    named = [begins for begins in LONGEST_FIRST if begins.startswith("tests/")]
    assert [begins for begins in named if not (PROJECT / begins).exists()] == []
    assert {begins for begins in LONGEST_FIRST if begins not in named} <= {DEMO, *FOLDERS_THAT_SHARE}


def test_what_make_test_leaves_out_is_run_before_a_change_lands() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    runs = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert '-m "not long"' in makefile and "-m long" in makefile
    assert [line for line in runs if line.startswith("make")] == ["make check", "make test", "make test-long"]


def test_every_promise_of_security_names_tests_that_are_there() -> None:
    said = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")
    promised = said.split("## What is promised")[1].split("\n\n")[0].splitlines()[3:]
    named = {line: re.findall(r"`(tests/[^`]+)`", line) for line in promised}
    assert {line for line, tests in named.items() if not tests} == set()
    assert [test for tests in named.values() for test in tests if not (PROJECT / test).exists()] == []
