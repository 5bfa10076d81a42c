"""YAML as mappings whose keys are each taken once and judged.

Belongs here: reading YAML and telling unknown, missing and repeated keys.
Does not belong here: which keys there are (assets.operator.settings).
"""

from collections.abc import Callable, Hashable, Mapping
from typing import ClassVar, TypeVar

import yaml

from assets.operator._files import fault_of_file
from assets.operator._values import Judge, entry_list, shown
from assets.operator.problems import Problems

Value = TypeVar("Value")


class WrittenOutLoader(yaml.SafeLoader):  # type: ignore[misc]
    """SafeLoader that refuses aliases: a few lines of them can mean more than a machine holds."""

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            what = f"the alias *{event.anchor} is not read; write out what it stands for"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


class OnceLoader(WrittenOutLoader):
    """SafeLoader that refuses a key given twice, and leaves dates as text, for _values to judge."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                what = f"the key {key!r} stands twice"
                raise yaml.MarkedYAMLError(problem=what, problem_mark=key_node.start_mark)
            seen.add(key)
        mapping: dict[Hashable, object] = super().construct_mapping(node, deep)
        return mapping


class Keys:
    """A mapping of operator.yaml; each key is taken once, and what was not taken is unknown."""

    def __init__(self, values: Mapping[object, object], where: str, problems: Problems) -> None:
        self.values = dict(values)
        self.where = where
        self.problems = problems
        self.known: list[str] = []

    def take(self, key: str, judge: Judge[Value], default: Value, *, is_needed: bool = False) -> Value:
        """The judged value of a key, or the default where it is absent or was refused."""
        self.known.append(key)
        value = self.values.pop(key, None)
        if value is None:
            if is_needed:
                self.problems.of_key(self.where + key, "is missing; it is needed")
            return default
        try:
            return judge(value)
        except ValueError as error:
            self.problems.of_key(self.where + key, f"{shown(value)} {error}")
            return default

    def close(self) -> None:
        """Tell the keys that nobody took."""
        for key in self.values:
            self.problems.of_key(f"{self.where}{key}", f"is unknown; the keys are {', '.join(self.known)}")


def read_document(problems: Problems) -> Mapping[object, object] | None:
    """The keys of operator.yaml; None, told, if it can't be read."""
    path = problems.folder / "operator.yaml"
    if not path.exists():
        problems.of_file(path.name, "the file is missing; `netstats init` writes it")
        return None
    if fault := fault_of_file(path):
        problems.of_file(path.name, fault)
        return None
    try:
        document = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=OnceLoader)
    except UnicodeDecodeError as error:
        problems.of_file(path.name, f"byte {error.start} is not UTF-8; save the file as UTF-8")
        return None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.of_file(path.name, f"line {line}: {error.problem}; correct the YAML there")
        return None
    except yaml.YAMLError as error:
        problems.of_file(path.name, f"is not YAML ({' '.join(str(error).split())}); correct it")
        return None
    if not isinstance(document, dict):
        problems.of_file(path.name, "holds no keys; write lines such as `name: Example Networks`")
        return None
    return document


def entries(keys: Keys, key: str, make: Callable[[Keys], Value], *, is_needed: bool = False) -> tuple[Value, ...]:
    found = []
    none: list[object] = []
    for index, entry in enumerate(keys.take(key, entry_list, none, is_needed=is_needed)):
        where = f"{keys.where}{key}[{index}]"
        if not isinstance(entry, dict):
            keys.problems.of_key(where, f"{shown(entry)} has no keys; write `- name: value` lines")
            continue
        mapping = Keys(entry, f"{where}.", keys.problems)
        found.append(make(mapping))
        mapping.close()
    return tuple(found)
