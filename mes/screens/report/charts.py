"""Figures of a report → SVG, in per cent of its box, so that words keep their size. Pure."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from mes.losses.six_big_losses import Balance, Where
from mes.screens.report.figures import Slot

# The order in which planned time is shown, and the class that colours each part of it.
PARTS = (
    (Where.GOOD, "s-running"),
    (Where.BREAKDOWN, "s-down"),
    (Where.SETUP, "s-setup"),
    (Where.MINOR_STOPS, "s-stopped"),
    (Where.REDUCED_SPEED, "speed"),
    (Where.DEFECTS, "defects"),
    (Where.STARTUP_REJECTS, "startup"),
    (Where.NO_WORK, "s-waiting"),
    (Where.NO_DATA, "s-nodata"),
    (Where.NOT_COUNTED, "s-planned"),
)
COLOURS = dict(PARTS)
TOP, BOTTOM = 12.0, 88.0


def bars_svg(slots: Sequence[Slot], label: Callable[[int], str], number: Callable[[int], str], says: str) -> Markup:
    """What was made in each slot against what was due: a bar, a line for the target, an outline where it is missed."""
    most = max((max(slot.pace.good or 0, slot.pace.due or 0) for slot in slots), default=0) or 1
    wide = 100 / max(1, len(slots))
    drawn = [Markup('<line class="grid" x1="0" x2="100%" y1="{0}%" y2="{0}%"/>').format(BOTTOM)]
    for place, slot in enumerate(slots):
        x, w = place * wide + wide * 0.15, wide * 0.7
        made, due = slot.pace.good, slot.pace.due
        if made is not None:
            high = (BOTTOM - TOP) * made / most
            drawn.append(_rect("good", x, BOTTOM - high, w, high))
            if len(slots) <= 16:
                inside = high > 9
                drawn.append(
                    _text("on" if inside else "ink", x + w / 2, BOTTOM - (3 if inside else high + 2), number(made))
                )
        if due:
            line = BOTTOM - (BOTTOM - TOP) * due / most
            if slot.missed and made is not None:
                drawn.append(_rect("gap", x, line, w, (BOTTOM - TOP) * (due - made) / most))
            at = Markup('<line class="target" x1="{:.2f}%" x2="{:.2f}%" y1="{:.2f}%" y2="{:.2f}%"/>')
            drawn.append(at.format(place * wide + wide * 0.08, (place + 1) * wide - wide * 0.08, line, line))
        if len(slots) <= 12 or place % (len(slots) // 8) == 0:
            drawn.append(_text("", x + w / 2, 97, label(slot.from_us)))
    return Markup('<svg class="hours" role="img" aria-label="{}">{}</svg>').format(says, Markup("").join(drawn))


def balance_svg(balance: Balance, says: str) -> Markup:
    """Planned time as one bar; a part below 0, where a count or ideal cycle is wrong, has no length."""
    whole = sum(max(0, lost.us) for lost in balance.values()) or 1
    drawn, at = [], 0.0
    for where, kind in PARTS:
        share = max(0, balance[where].us) * 100 / whole
        if share:
            drawn.append(_rect(kind, at, 0, share, 100))
        at += share
    return Markup('<svg class="whole" role="img" aria-label="{}">{}</svg>').format(says, Markup("").join(drawn))


def bar_svg(share: float, kind: str) -> Markup:
    """One bar of a table, its share of the longest."""
    return Markup('<svg class="one" aria-hidden="true">{}</svg>').format(_rect(kind, 0, 0, 100 * max(0.0, share), 100))


def _rect(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    rect = Markup('<rect class="{}" x="{:.2f}%" y="{:.2f}%" width="{:.2f}%" height="{:.2f}%"/>')
    return rect.format(kind, x, y, width, max(0.0, height))


def _text(kind: str, x: float, y: float, word: str) -> Markup:
    return Markup('<text class="{}" x="{:.2f}%" y="{:.2f}%" text-anchor="middle">{}</text>').format(kind, x, y, word)
