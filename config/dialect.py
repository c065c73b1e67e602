"""The YAML of a plant file: times stay times, words stay words, and no key occurs twice."""

import re
from typing import Any

import yaml

WIDE = 10_000


class WrongKey(ValueError):
    """A key stands twice in one mapping, of which the second would silently win, or is none. The text has the cure."""


class PlantLoader(yaml.SafeLoader):
    """YAML 1.1 reads 14:00 as the number 840 and 'on' as true; here times stay times and words stay words."""


class PlantDumper(yaml.SafeDumper):
    """YAML that `PlantLoader` reads as it was: what would be a number is in quotes, and nothing is abbreviated."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  - as PyYAML calls it
        """Never an anchor."""
        return True


def load(text: str) -> Any:
    """What a text says; WrongKey, or yaml.YAMLError where it is no YAML."""
    return yaml.load(text, Loader=PlantLoader)  # noqa: S506  - a SafeLoader with stricter mappings


def nodes(text: str) -> yaml.Node | None:
    """The same as nodes that know their place in the text."""
    found: yaml.Node | None = yaml.compose(text, Loader=PlantLoader)
    return found


def dump(document: object) -> str:
    """A document as a text that people can read."""
    text: str = yaml.dump(document, Dumper=PlantDumper, allow_unicode=True, sort_keys=False, width=120)
    return text


def on_one_line(mapping: dict[str, object]) -> str:
    """A mapping as it is written inside a line: '{name: total, type: uint32}'."""
    text: str = yaml.dump(
        mapping, Dumper=PlantDumper, allow_unicode=True, sort_keys=False, width=WIDE, default_flow_style=True
    )
    return text.strip()


def _mapping(loader: PlantLoader, node: yaml.MappingNode) -> dict[object, object]:
    seen: dict[object, object] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if isinstance(key, dict | list):
            raise WrongKey(f"line {line}: a key begins with a bracket: put it in quotes")
        if key in seen:
            raise WrongKey(f"line {line}: key {key!r} occurs twice in one mapping: remove one")
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


PlantLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
PlantLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"null|~|", "n~"),
):
    PlantLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), [*_first, ""])
_OURS, _USUAL = PlantLoader.yaml_implicit_resolvers, yaml.SafeDumper.yaml_implicit_resolvers
PlantDumper.yaml_implicit_resolvers = {
    first: [*_USUAL.get(first, []), *_OURS.get(first, [])] for first in {*_USUAL, *_OURS}
}
