"""A complaint of pydantic about a request → a plain sentence with the cure. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from mes.web.bounds import LINES, ONE_LINE

INSTANT = "Give the time with its zone, such as 2026-01-31T06:00:00Z; in an address a '+' is written %2B."
DATE = "Give a date such as 2026-01-31."
WHOLE = "Give a whole number."
NUMBER = "Give a number such as 0.5."
SWITCH = "Give true or false."
TEXT = "Give a text."
LIST = "Give a list, such as [1, 2]."
ID = "Give an id such as 8e03978e-40d5-43dd-bc93-6894a57f9324."
OBJECT = 'Give an object, such as {"key": "value"}.'
# What a text must look like, where more can be said than the pattern.
FORMS = {
    ONE_LINE: "Leave out line breaks and control characters.",
    LINES: "Leave out control characters.",
    r"^[a-z0-9][a-z0-9_-]{0,62}$": "Use lower-case letters, digits, - and _, at most 63, first a letter or a digit.",
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$": "Use letters, digits, '.', - and _, at most 64, first a letter or a digit.",
    r"^[\x21-\x7e]{1,255}$": "Use visible ASCII characters without blanks, at most 255.",
    r"^[A-Za-z0-9_-]*$": "Use letters, digits, - and _ only.",
    r"^[0-9a-f]{64}$": "Give a SHA-256: 64 lower-case hexadecimal digits.",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": "Give a time of day such as 07:30.",
    r"^[a-z0-9\u3400-\u9fff][a-z0-9\u3400-\u9fff_-]{0,62}$": (
        "Use lower-case letters, digits, Chinese characters, - and _, at most 63, first none of - and _."
    ),
    r"^[^\s@,;<>\"]+@[^\s@,;<>\"]+$": "Give an e-mail address, such as wang@example.com.",
    r"^[0-9]{4,8}$": "Give 4 to 8 digits.",
    r"^[\x21-\x7e]*$": "Use visible ASCII characters without blanks.",
    r"^[A-Z0-9]{2,3}$": "Give a code of UN/ECE Recommendation 20, such as C62, H87 or KGM.",
}
# Some of a few words, with commas between.
SOME = re.compile(r"\^\(([a-z_|]+)\)\(,\(\1\)\)\*\$")
Context = Mapping[str, Any]
SAID: Mapping[str, str | Callable[[Context], str]] = {
    "extra_forbidden": "Unknown key: remove it or correct its spelling.",
    "missing": "Is missing: add it.",
    "json_invalid": "Is not JSON.",
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing_size": "Give a smaller number.",
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "bool_type": SWITCH,
    "bool_parsing": SWITCH,
    "string_type": TEXT,
    "list_type": LIST,
    "tuple_type": LIST,
    "dict_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "string_pattern_mismatch": lambda c: form_of(c["pattern"]),
    "string_too_short": lambda c: (
        "Is empty: give a text." if c["min_length"] == 1 else f"Give {c['min_length']} characters."
    ),
    "string_too_long": lambda c: f"Give {c['max_length']} characters at most.",
    "too_short": lambda c: f"Give {c['min_length']} entries or more.",
    "too_long": lambda c: f"Give {c['max_length']} entries at most.",
    "greater_than": lambda c: f"Give more than {c['gt']}.",
    "greater_than_equal": lambda c: f"Give {c['ge']} or more.",
    "less_than": lambda c: f"Give less than {c['lt']}.",
    "less_than_equal": lambda c: f"Give {c['le']} at most.",
    "literal_error": lambda c: f"Give one of {c['expected']}.",
    "enum": lambda c: f"Give one of {c['expected']}.",
    "union_tag_invalid": lambda c: f"Give {c['discriminator'].strip(chr(39))} as one of {c['expected_tags']}.",
    "union_tag_not_found": lambda c: f"{c['discriminator'].strip(chr(39))} is missing: add it.",
}


def form_of(pattern: str) -> str:
    """What a text of a pattern must look like."""
    some = SOME.fullmatch(pattern)
    if some is not None:
        return f"Give some of {some[1].replace('|', ', ')}, with commas between."
    return FORMS.get(pattern, f"Give a text of the form {pattern}.")


def said(error: Mapping[str, Any]) -> str:
    """What to correct; the library's own words where nothing better is known."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind.startswith(("timezone", "datetime")):
        return INSTANT
    if kind.startswith("uuid_"):
        return ID
    if kind.startswith("date_"):
        return DATE
    words = SAID.get(kind)
    if words is None:
        return re.sub(r"^Value error, ", "", str(error["msg"]))
    return words if isinstance(words, str) else words(context)
