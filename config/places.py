"""A mistake in a plant file → the line on which it stands. Pure."""

import re

import yaml

from config import dialect

PLACE = re.compile(r"^([A-Za-z_][\w-]*(?:\.[\w-]+)*): ")
LINE = re.compile(r"^line (\d+)")


def line_of(text: str, mistake: str) -> int | None:
    """The line, counted from 1, that a mistake such as 'lines.0.machines.2.id: …' is about; None where it has none."""
    said = LINE.match(mistake)
    if said:
        return int(said[1])
    place = PLACE.match(mistake)
    if place is None:
        return None
    try:
        node = dialect.nodes(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    line = None
    for part in place[1].split("."):
        found = _below(node, part)
        if found is None:
            break
        line, node = found
    return line


def _below(node: yaml.Node | None, part: str) -> tuple[int, yaml.Node] | None:
    """The line of an entry and its value."""
    if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
        one = node.value[int(part)]
        return one.start_mark.line + 1, one
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == part:
                return key.start_mark.line + 1, value
    return None
