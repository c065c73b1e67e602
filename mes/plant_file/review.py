"""A plant file that somebody wants to apply → its mistakes with their lines, hints, and what it would change. Pure."""

import difflib
from dataclasses import dataclass

from config.hints import hints
from config.load import BadPlantFile, parse_plant
from config.places import line_of
from config.plant import Plant

CONTEXT_LINES = 3
MOST_LINES = 2000


@dataclass(frozen=True, slots=True)
class Message:
    """A mistake or hint, and the line it is about where it has one."""

    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """A line of a difference: '+', '-', ' ' or '@'; its numbers in the old and the new text."""

    kind: str
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """`plant` None where there are mistakes."""

    plant: Plant | None
    mistakes: list[Message]
    hints: list[Message]
    difference: list[DifferenceLine]


def review(old: str, new: str, site: str) -> Review:
    """What applying a text in place of another one would do; the site's id is not changed while services run."""
    changed = difference(old, new)
    try:
        plant = parse_plant(new)
    except BadPlantFile as err:
        return Review(None, [Message(line_of(new, text), text) for text in str(err).splitlines()], [], changed)
    if plant.site.id != site:
        text = f"site.id: '{plant.site.id}' - this installation is '{site}': its id stays, its name may change"
        return Review(None, [Message(line_of(new, text), text)], [], changed)
    return Review(plant, [], [Message(line_of(new, text), text) for text in hints(plant)], changed)


def difference(old: str, new: str) -> list[DifferenceLine]:
    """The lines that differ, with a few around them."""
    before, after = old.splitlines(), new.splitlines()
    found: list[DifferenceLine] = []
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if found:
            found.append(DifferenceLine("@", None, None, "…"))
        for tag, a, b, c, d in group:
            if tag == "equal":
                found += [DifferenceLine(" ", a + n + 1, c + n + 1, line) for n, line in enumerate(before[a:b])]
                continue
            found += [DifferenceLine("-", a + n + 1, None, line) for n, line in enumerate(before[a:b])]
            found += [DifferenceLine("+", None, c + n + 1, line) for n, line in enumerate(after[c:d])]
    return found[:MOST_LINES]
