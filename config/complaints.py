"""What the models find wrong with a file → its place there, and a plain sentence with the cure. Pure."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.quoted import quoted
from config.tables.type_names import ORDERS, type_of

Place = tuple[int | str, ...]
MANUAL = "config/plant.example.yaml"
WHOLE = "write a whole number"
NUMBER = "write a number such as 0.1"
SWITCH = "write true or false"
TEXT = "write a text"
DATE = "write a date such as 2026-01-31"
INSTANT = "write an instant with its zone, such as 2026-01-31T14:00:00+08:00"
LIST = "write a list such as [a, b]"
MAPPING = "write keys with their values, such as {id: press-1}"
OTHERWISE = f"cannot stand here: see {MANUAL}"
# What a key's text must look like; of all other keys it is an id.
FORMS = {
    "path": "write such as [2], .speed or .motor[0].speed",
    "url": "write such as opc.tcp://192.0.2.20:4840, without a user's name",
    "url_env": "write the name of an environment variable: capital letters, digits and _",
    "password_env": "write the name of an environment variable: capital letters, digits and _",
    "user_certificate": "write the name of a file without its ending: letters, digits, dots, - and _",
    "to": "write an address such as maintenance@example.com",
}
ID_FORM = "write lower-case letters, digits, - and _, at most 63, the first a letter or a digit"
CURES: Mapping[str, str | Callable[[ErrorDetails, dict[str, Any]], str]] = {
    "string_type": lambda error, _: _in_quotes(error["input"]),
    "string_too_short": TEXT,
    "string_too_long": lambda _, ctx: f"write {ctx['max_length']} characters at most",
    "string_pattern_mismatch": lambda error, _: _form(error),
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": "write a smaller number",
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "bool_type": SWITCH,
    "bool_parsing": SWITCH,
    "date_type": DATE,
    "date_parsing": DATE,
    "date_from_datetime_parsing": DATE,
    "date_from_datetime_inexact": DATE,
    "datetime_type": INSTANT,
    "datetime_parsing": INSTANT,
    "datetime_from_date_parsing": INSTANT,
    "timezone_aware": INSTANT,
    "tuple_type": lambda error, _: _in_a_list(error["input"]),
    "list_type": lambda error, _: _in_a_list(error["input"]),
    "too_short": lambda _, ctx: f"has too few entries: write {ctx['min_length']} or more",
    "too_long": lambda _, ctx: f"has too many entries: write {ctx['max_length']} at most",
    "dict_type": MAPPING,
    "mapping_type": MAPPING,
    "model_type": MAPPING,
    "model_attributes_type": MAPPING,
    "literal_error": lambda error, ctx: _one_of(error, ctx["expected"]),
    "enum": lambda error, ctx: _one_of(error, ctx["expected"]),
    "union_tag_invalid": lambda error, ctx: _one_of(error, ctx["expected_tags"]),
    "union_tag_not_found": f"is missing: add it, {MANUAL} shows which there are",
    "greater_than": lambda _, ctx: f"write more than {ctx['gt']:.15g}",
    "greater_than_equal": lambda _, ctx: f"write {ctx['ge']:.15g} or more",
    "less_than": lambda _, ctx: f"write less than {ctx['lt']:.15g}",
    "less_than_equal": lambda _, ctx: f"write {ctx['le']:.15g} at most",
}
# What others call a role: by its letters alone, reject_count would be rework_count.
ROLES = {
    "reject": "scrap_count",
    "rejects": "scrap_count",
    "reject_count": "scrap_count",
    "rejected_count": "scrap_count",
    "bad_count": "scrap_count",
    "nok_count": "scrap_count",
    "ok_count": "good_count",
    "count": "total_count",
    "counter": "total_count",
    "part_count": "total_count",
    "alarm": "alarm_word",
    "value": "process_value",
}
# The sentence says it all.
OF_THE_WHOLE = ("too_short", "too_long", "union_tag_not_found")
# It is the key that says what kind of thing an entry is, and so which keys it may have.
OF_THE_KIND = ("union_tag_invalid", "union_tag_not_found")


def complaints(err: ValidationError, document: object) -> list[tuple[Place, str, str]]:
    """Place in the document, sentence and kind of each mistake."""
    errors = err.errors(include_url=False)
    found = []
    for error in errors:
        inside = any(len(other["loc"]) > len(error["loc"]) == shared(other["loc"], error["loc"]) for other in errors)
        if error["type"] == "too_short" and inside:
            continue  # the list only seems too short because an entry in it has a mistake of its own
        found.append((_place(error, document), sentence(error), error["type"]))
    return found


def lines(err: ValidationError, document: object, whole: str = "") -> list[str]:
    """The same as a line each; what is about all of it has the place `whole`."""
    found = [(".".join(map(str, place)) or whole, text) for place, text, _ in complaints(err, document)]
    return [f"{place}: {text}" if place else text for place, text in found]


def sentence(error: ErrorDetails) -> str:
    """What was written, and the cure; never in the words of a library."""
    kind, written, ctx = error["type"], _input(error), error.get("ctx", {})
    if kind == "missing":
        return "is missing: add it"
    if kind == "extra_forbidden":
        return f"unknown key: remove it or correct its spelling, {MANUAL} lists all keys"
    if kind == "value_error":
        text = str(ctx["error"])
        plain = isinstance(written, str | int | float) and not text.startswith(quoted(written))
        return f"{quoted(written)} - {text}" if plain else text
    cure = CURES.get(kind, OTHERWISE)
    text = cure if isinstance(cure, str) else cure(error, ctx)
    if written is None or written == "":
        return f"is empty: {text}" if kind not in OF_THE_WHOLE else text
    return text if kind in OF_THE_WHOLE else f"{quoted(written)} - {text}"


def _input(error: ErrorDetails) -> object:
    """What was written at the place."""
    written = error["input"]
    return written.get(_kind_key(error)) if error["type"] in OF_THE_KIND and isinstance(written, Mapping) else written


def _kind_key(error: ErrorDetails) -> str:
    return str(error["ctx"]["discriminator"]).strip("'")


def shared(one: Place, other: Place) -> int:
    """How many parts two places have in common from the start."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _place(error: ErrorDetails, document: object) -> Place:
    """The place as the document has it: without the parts that only the models know, such as which kind it is of."""
    found: list[int | str] = []
    at: Any = document
    for part in error["loc"]:
        if part in (at if isinstance(at, Mapping) else range(len(at)) if isinstance(at, list | tuple) else ()):
            at = at[part]
            found.append(part)
    if error["type"] in OF_THE_KIND and isinstance(at, Mapping):
        return (*found, _kind_key(error))
    missing = error["type"] == "missing" and isinstance(at, Mapping)
    return (*found, error["loc"][-1]) if missing else tuple(found)


def _in_quotes(written: object) -> str:
    if isinstance(written, bool | int | float):
        return f"write it in quotes: '{quoted(written)}'"
    return TEXT


def _in_a_list(written: object) -> str:
    plain = isinstance(written, str | int | float) and written != ""
    return f"write it as a list: [{quoted(written).strip(chr(39))}]" if plain else f"{LIST}, or [] for none"


def _form(error: ErrorDetails) -> str:
    key = next((part for part in reversed(error["loc"]) if isinstance(part, str) and part in FORMS), None)
    if key is not None and error["loc"].index(key) >= len(error["loc"]) - 2:
        return FORMS[key]
    better = re.sub(r"[^a-z0-9_\u3400-\u9fff]+", "-", str(error["input"]).strip().lower()).strip("-_")[:63]
    return f"{ID_FORM}, such as '{better}'" if better and better != error["input"] else ID_FORM


def _one_of(error: ErrorDetails, expected: str) -> str:
    words, written = _words(expected), _input(error)
    every = f"one of {', '.join(words)}"
    if not isinstance(written, str):
        return every
    if written.lower() in ORDERS:
        byte, word = ORDERS[written.lower()]
        return f"{every}; {written.upper()} is byte_order: {byte}, word_order: {word}"
    meant = ROLES.get(written.lower(), type_of(written))
    near = [meant] if meant in words else get_close_matches(written.lower(), words, n=1)
    return f"{every}; do you mean {near[0]}?" if near else every


def _words(expected: str) -> list[str]:
    """'a', 'b' or 'c' → its words; numbers have no quotes."""
    return [word or number for word, number in re.findall(r"'([^']*)'|(\d+)", expected)]
