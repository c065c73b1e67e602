"""The text of a plant file with tags put in or changed; comments, order and layout of all the rest stay. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from config import dialect

Edit = tuple[int, int, str]


class CannotEdit(ValueError):
    """The text is written in a way that cannot be changed by a program; the text has the cure."""


@dataclass(frozen=True, slots=True)
class TagEdit:
    """Keys of one tag to write; `new`: the tag is not there yet."""

    machine: str
    name: str
    values: Mapping[str, object]
    new: bool


def with_tags(text: str, edits: Sequence[TagEdit]) -> str:
    """The text with these tags; CannotEdit names the machine that cannot be changed."""
    document = _Document(text)
    changes: list[Edit] = []
    for machine in dict.fromkeys(edit.machine for edit in edits):
        tags = document.tags_of(machine)
        own = [edit for edit in edits if edit.machine == machine]
        for edit in (edit for edit in own if not edit.new):
            changes += document.changed(_named(tags, edit.name), edit.values)
        added = [dialect.on_one_line({"name": edit.name, **edit.values}) for edit in own if edit.new]
        if added:
            changes.append(document.appended(machine, tags, added))
    return _edited(text, changes)


def with_site(text: str, values: Mapping[str, object]) -> str:
    """The text with these keys of the site."""
    document = _Document(text)
    site = _get(document.root, "site")
    if not isinstance(site, yaml.MappingNode):
        raise CannotEdit("site: is not written as keys: write it by hand")
    return _edited(text, list(document.changed(site, values)))


def with_machine(text: str, machine: str, values: Mapping[str, object]) -> str:
    """The text with these keys of a machine; CannotEdit where a template makes it."""
    document = _Document(text)
    if machine not in document.machines:
        raise CannotEdit(f"machine '{machine}' is made by a template: change the template instead")
    return _edited(text, list(document.changed(document.machines[machine], values)))


def with_device(text: str, device: Mapping[str, object]) -> str:
    """The text with one device more."""
    document = _Document(text)
    devices = _get(document.root, "devices")
    if not isinstance(devices, yaml.SequenceNode) or not devices.value:
        raise CannotEdit("devices: is not written as a list: write the device by hand")
    return _edited(text, [document.appended("", devices, [dialect.on_one_line(dict(device))])])


def with_new_machine(text: str, line: str, machine: Mapping[str, object]) -> str:
    """The text with one machine more at the end of a line."""
    document = _Document(text)
    for one in _items(_get(document.root, "lines")):
        known, machines = _get(one, "id"), _get(one, "machines")
        if isinstance(known, yaml.ScalarNode) and known.value == line and isinstance(machines, yaml.SequenceNode):
            return _edited(text, [document.appended("", machines, [dialect.on_one_line(dict(machine))])])
    raise CannotEdit(f"line '{line}' has no machines of its own: write the machine by hand")


def _edited(text: str, changes: Sequence[Edit]) -> str:
    for start, end, piece in sorted(changes, reverse=True):
        text = text[:start] + piece + text[end:]
    return text


def shared_tags(text: str, machines: Iterable[str]) -> dict[str, str]:
    """The machines whose tags cannot be changed without those of others, and why."""
    document = _Document(text)
    found = {}
    for machine in machines:
        try:
            document.tags_of(machine)
        except CannotEdit as err:
            found[machine] = str(err)
    return found


class _Document:
    """A plant file as text and as nodes that know their place in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.root = root = dialect.nodes(text)
        self.uses = Counter(id(node) for node in _every(root, set()))
        self.machines: dict[str, yaml.MappingNode] = {}
        for line in _items(_get(root, "lines")):
            for machine in _items(_get(line, "machines")):
                known = _get(machine, "id")
                if isinstance(machine, yaml.MappingNode) and isinstance(known, yaml.ScalarNode):
                    self.machines[known.value] = machine

    def tags_of(self, machine: str) -> yaml.SequenceNode:
        """Where the machine's tags stand, if they are its own."""
        if machine not in self.machines:
            raise CannotEdit(f"machine '{machine}' is made by a template: change the template instead")
        tags = _get(self.machines[machine], "tags")
        if not isinstance(tags, yaml.SequenceNode) or any(self.uses[id(node)] > 1 for node in _every(tags, set())):
            raise CannotEdit(
                f"the tags of machine '{machine}' are shared by '&' and '*' with others: write its own out "
                "('shopfloor check --expanded' prints them)"
            )
        return tags

    def appended(self, machine: str, tags: yaml.SequenceNode, pieces: Sequence[str]) -> Edit:
        """These pieces after the last tag, in the way in which the tags are written."""
        if not tags.value:
            return self._first(self.machines[machine], tags, pieces)
        last = tags.value[-1]
        end = self._end(last)
        if tags.flow_style:
            return end, end, "".join(f", {piece}" for piece in pieces)
        before = self.text[self._line_start(last) : last.start_mark.index]
        indent = before[: before.rindex("-")]
        at = self._line_end(end)
        return at, at, "".join(f"{self.newline}{indent}- {piece}" for piece in pieces)

    def _first(self, machine: yaml.MappingNode, tags: yaml.SequenceNode, pieces: Sequence[str]) -> Edit:
        """These pieces in place of '[]': one a line where the machine is written so."""
        start, end = tags.start_mark.index, self._end(tags)
        if machine.flow_style:
            return start, end, f"[{', '.join(pieces)}]"
        key = next(key for key, value in machine.value if value is tags)
        indent = " " * (key.start_mark.column + 2)
        # What is between the key and '[]' goes too.
        return len(self.text[:start].rstrip()), end, "".join(f"{self.newline}{indent}- {piece}" for piece in pieces)

    def changed(self, tag: yaml.MappingNode, values: Mapping[str, object]) -> Iterator[Edit]:
        """Each value in the place of the old one, or after the last key."""
        there = {key.value: value for key, value in tag.value}
        for key, value in values.items():
            if key in there:
                piece = dialect.on_one_line({key: value})[1:-1].split(": ", 1)[1]
                start, end = there[key].start_mark.index, self._end(there[key])
                yield start, end, piece if start != end else f" {piece}"
        pieces = [dialect.on_one_line({key: value})[1:-1] for key, value in values.items() if key not in there]
        if not pieces:
            return
        first, last = tag.value[0][0], tag.value[-1][1]
        end = self._end(last)
        if tag.flow_style:
            yield end, end, "".join(f", {piece}" for piece in pieces)
        else:
            at = self._line_end(end)
            yield at, at, "".join(f"{self.newline}{' ' * first.start_mark.column}{piece}" for piece in pieces)

    def _end(self, node: yaml.Node) -> int:
        """Behind its last character; for a block YAML names the next word after it, comments skipped."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        start, end = node.start_mark.index, node.end_mark.index
        return start + len(self.text[start:end].rstrip())

    def _line_start(self, node: yaml.Node) -> int:
        return self.text.rfind("\n", 0, node.start_mark.index) + 1

    def _line_end(self, at: int) -> int:
        found = re.compile(r"\r?\n|\Z").search(self.text, at)
        return found.start() if found else len(self.text)


def _named(tags: yaml.SequenceNode, name: str) -> yaml.MappingNode:
    found: yaml.MappingNode = next(tag for tag in tags.value if getattr(_get(tag, "name"), "value", None) == name)
    return found


def _get(mapping: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = mapping.value if isinstance(mapping, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _every(node: yaml.Node | None, seen: set[int]) -> Iterator[yaml.Node]:
    """The node and all below it; one that '*' leads to again is given again, but not what is below it."""
    if node is None:
        return
    yield node
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _every(key, seen)
            yield from _every(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _every(item, seen)
