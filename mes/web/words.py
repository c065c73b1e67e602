"""Words of both languages, and which language a browser gets. Pure but for reading the files once."""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from mes.web.quantity import plain

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@cache
def words(language: Language) -> Mapping[str, str]:
    """All words of a language by key, of words/en.json and words/en.*.json; a missing key is a bug: KeyError."""
    found: dict[str, str] = {}
    for file in files("mes.web").joinpath("words").iterdir():
        if file.name == f"{language}.json" or (file.name.startswith(f"{language}.") and file.name.endswith(".json")):
            found |= json.loads(file.read_text(encoding="utf-8"))
    return found


def choose(query: str | None, cookie: str | None, accepted: str | None) -> Language:
    """?lang= first, then the cookie, then the browser's list of preferences; English when nothing fits."""
    for wish in (query, cookie):
        if wish in ("en", "zh"):
            return "zh" if wish == "zh" else "en"
    return _accepted(accepted or "")


def _accepted(header: str) -> Language:
    """The first of our languages by weight; 'zh-CN' is zh."""
    best: tuple[float, Language] = (0.0, "en")
    for part in header.split(","):
        name, _, weight = part.strip().partition(";q=")
        for language in LANGUAGES:
            if name.split("-")[0].lower() == language and _weight(weight) > best[0]:
                best = (_weight(weight), language)
    return best[1]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def duration(seconds: float, word: Mapping[str, str]) -> str:
    """'42 s', '12 min', '2 h 05 min', '3 d 4 h': two units at most; below zero counts as zero."""
    whole = max(0, int(seconds))
    if whole < 100:
        return f"{whole} {word['unit_s']}"
    minutes = whole // 60
    if minutes < 100:
        return f"{minutes} {word['unit_min']}"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} {word['unit_h']} {rest:02d} {word['unit_min']}"
    return f"{hours // 24} {word['unit_d']} {hours % 24} {word['unit_h']}"


def brief(seconds: float, word: Mapping[str, str]) -> str:
    """'42 s', '12 min', '2 h 05', '3 d 4': for walls, where each letter is dear."""
    whole = max(0, int(seconds))
    if whole < 100:
        return f"{whole} {word['unit_s']}"
    minutes = whole // 60
    if minutes < 100:
        return f"{minutes} {word['unit_min']}"
    hours, rest = divmod(minutes, 60)
    return f"{hours} {word['unit_h']} {rest:02d}" if hours < 48 else f"{hours // 24} {word['unit_d']} {hours % 24}"


def grouped(number: int | Decimal | None) -> str:
    """12345 → '12 345', with a thin space that does not break; a dash for what is not counted."""
    if number is None:
        return "–"
    exact = Decimal(plain(number)) if isinstance(number, Decimal) else number
    return f"{exact:,}".replace(",", "\u202f")
