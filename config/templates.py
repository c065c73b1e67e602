"""Machine templates of the plant file: `{template: press, ids: 'press-{1..50}'}` → fifty machines. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.quoted import quoted

IDS = re.compile(r"^(?P<before>[^{}]*)\{(?P<first>\d{1,6})\.\.(?P<last>\d{1,6})\}(?P<after>[^{}]*)$")
HOLE = re.compile(r"\{(?P<name>[a-z][a-z0-9_]*)(?:\*(?P<times>\d{1,6}))?(?P<plus>[+-]\d{1,6})?\}")
MOST_MACHINES = 10_000
Place = tuple[int | str, ...]
Value = str | int | float | bool


class BadTemplate(ValueError):
    """A template cannot be filled in; the text names the place and the cure."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """The document without templates, and for what a template made: its new place → its place in the file, its id."""

    document: dict[object, object]
    origins: dict[Place, tuple[Place, str]]


def expand(document: Mapping[object, object]) -> Expanded:
    """Each use of a template as the machines, and their devices, that it stands for; BadTemplate names a mistake."""
    rest = {key: value for key, value in document.items() if key != "templates"}
    templates = _templates(document.get("templates", {}))
    devices, lines = rest.get("devices", []), rest.get("lines", [])
    origins: dict[Place, tuple[Place, str]] = {}
    if not isinstance(lines, list) or not isinstance(devices, list):
        return Expanded(rest, origins)
    every = list(devices)
    rest["devices"] = every
    rest["lines"] = [
        line | {"machines": _machines(n, line["machines"], templates, every, origins)}
        if isinstance(line, dict) and isinstance(line.get("machines"), list)
        else line
        for n, line in enumerate(lines)
    ]
    if "devices" not in document and not every:
        del rest["devices"]
    return Expanded(rest, origins)


def _templates(found: object) -> dict[str, dict[str, object]]:
    if not isinstance(found, dict):
        raise BadTemplate("templates: write a mapping of names, each with 'machine' and, if need be, 'device'")
    for name, template in found.items():
        if not isinstance(template, dict) or not isinstance(template.get("machine"), dict):
            raise BadTemplate(f"templates.{name}: needs 'machine', a mapping as a machine of a line has it")
        for key, inner in template.items():
            if key not in ("machine", "device"):
                raise BadTemplate(f"templates.{name}.{key}: unknown key: a template has 'machine' and 'device'")
            if not isinstance(inner, dict):
                raise BadTemplate(f"templates.{name}.{key}: write a mapping")
            if "id" in inner:
                raise BadTemplate(f"templates.{name}.{key}.id: remove it: ids are given where the template is used")
    return found


def _machines(
    line: int,
    machines: list[object],
    templates: dict[str, dict[str, object]],
    devices: list[object],
    origins: dict[Place, tuple[Place, str]],
) -> list[object]:
    """The machines of a line, with each use filled in; the devices that come with them are added to `devices`."""
    made: list[object] = []
    for n, use in enumerate(machines):
        if not isinstance(use, dict) or "template" not in use:
            made.append(use)
            continue
        place = f"lines.{line}.machines.{n}"
        name = use["template"]
        if not isinstance(name, str) or name not in templates:
            raise BadTemplate(
                f"{place}.template: {quoted(name)} does not exist; known are {', '.join(templates) or 'none'}"
            )
        template = templates[name]
        given = _parameters(use, place)
        for idle in given.keys() - {hole["name"] for text in _texts(template) for hole in HOLE.finditer(text)}:
            raise BadTemplate(f"{place}.{idle}: template '{name}' has no {{{idle}}}: remove it or correct its spelling")
        for number, machine_id in _ids(use.get("ids"), f"{place}.ids"):
            known = given | {"n": number, "id": machine_id}
            own = {"id": machine_id}
            if "device" in template:
                where = f"templates.{name}.device"
                origins["devices", len(devices)] = (("templates", name, "device"), machine_id)
                devices.append(own | _mapping(template["device"], known, where))
                own["device"] = machine_id
            origins["lines", line, "machines", len(made)] = (("templates", name, "machine"), machine_id)
            made.append(own | _mapping(template["machine"], known, f"templates.{name}.machine"))
    return made


def _ids(written: object, place: str) -> list[tuple[int, str]]:
    """Number and id of each machine; those of a list are numbered from 1 on."""
    if isinstance(written, list) and written and all(isinstance(one, str) for one in written):
        return list(enumerate(written, 1))
    found = IDS.match(written) if isinstance(written, str) else None
    if found is None:
        raise BadTemplate(f"{place}: {quoted(written)} - write such as 'press-{{1..50}}', in quotes, or a list of ids")
    first, last = int(found["first"]), int(found["last"])
    if not first <= last < first + MOST_MACHINES:
        raise BadTemplate(
            f"{place}: {quoted(written)} - the first number must not exceed the last, at most {MOST_MACHINES}"
        )
    digits = len(found["first"]) if found["first"].startswith("0") else 0
    return [(n, f"{found['before']}{n:0{digits}d}{found['after']}") for n in range(first, last + 1)]


def _parameters(use: Mapping[str, object], place: str) -> dict[str, Value]:
    """What the use gives beside template and ids."""
    given: dict[str, Value] = {}
    for key, value in use.items():
        if key in ("template", "ids"):
            continue
        if key in ("n", "id") or not isinstance(value, Value) or not re.fullmatch(r"[a-z][a-z0-9_]*", str(key)):
            raise BadTemplate(
                f"{place}.{key}: a parameter is a lower-case word other than n and id, with a plain value"
            )
        given[key] = value
    return given


def _texts(value: object) -> Iterator[str]:
    """Every text in a template."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _mapping(value: object, known: Mapping[str, Value], place: str) -> dict[object, object]:
    filled = _filled(value, known, place)
    return filled if isinstance(filled, dict) else {}


def _filled(value: object, known: Mapping[str, Value], place: str) -> object:
    """The value with all {…} replaced; a text that is nothing but {…} becomes the parameter itself, as a number."""
    if isinstance(value, dict):
        return {key: _filled(inner, known, f"{place}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, known, f"{place}.{n}") for n, inner in enumerate(value)]
    if not isinstance(value, str) or "{" not in value:
        return value
    whole = HOLE.fullmatch(value)
    if whole:
        return _parameter(whole, known, place)
    return HOLE.sub(lambda hole: str(_parameter(hole, known, place)), value)


def _parameter(hole: re.Match[str], known: Mapping[str, Value], place: str) -> Value:
    if hole["name"] not in known:
        raise BadTemplate(f"{place}: {{{hole['name']}}} has no value; known are {', '.join(sorted(known))}")
    value = known[hole["name"]]
    if hole["times"] is None and hole["plus"] is None:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadTemplate(f"{place}: {hole[0]} counts, but {hole['name']} is {quoted(value)}: give a whole number")
    return value * int(hole["times"] or 1) + int(hole["plus"] or 0)
