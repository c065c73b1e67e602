"""The states of a span of time → an SVG strip: colour and height by what a machine did. Pure.

It has no viewBox of its own, so that whatever lies on it keeps its size; what is not drawn yet is the future.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from contract.sample import State
from mes.facts.model import Span
from mes.web.looks import HEIGHTS, look_of

WIDTH = 4000


@dataclass(frozen=True, slots=True)
class Strip:
    """States between two instants, one slice for each stretch of one code; they may end before the strip does."""

    from_us: int
    to_us: int
    slices: tuple[tuple[int, int, str], ...]


def strip_of(at: Sequence[int], states: Sequence[int], ends_us: int, of: Span, planned: Sequence[Span]) -> Strip:
    """A tape that is known up to `ends_us` as a strip over `of`."""
    slices: list[tuple[int, int, str]] = []
    for start, end, state in zip(at, [*at[1:], ends_us], states, strict=True):
        for a, b, inside in _cut(int(start), int(end), planned):
            code = look_of(State(int(state)), inside).code
            if slices and slices[-1][2] == code and slices[-1][1] == a:
                slices[-1] = (slices[-1][0], b, code)
            elif b > a:
                slices.append((a, b, code))
    return Strip(*of, tuple(slices))


def strip_svg(strip: Strip, words: str, kind: str = "", now_us: int | None = None) -> Markup:
    """The strip; nothing shorter than 1/4000 of it is drawn, nothing is exaggerated. `words` say what it is."""
    length = max(1, strip.to_us - strip.from_us)
    paths: dict[str, list[str]] = {}
    hidden = []
    for start, end, code in strip.slices:
        x = round((start - strip.from_us) * WIDTH / length)
        long = round((end - strip.from_us) * WIDTH / length) - x
        if long and code == "nodata":
            hidden.append(
                f'<rect class="s-nodata" x="{x * 100 / WIDTH:g}%" width="{long * 100 / WIDTH:g}%" height="100%"/>'
            )
        elif long:
            high = HEIGHTS[code]
            paths.setdefault(code, []).append(f"M{x} {100 - high}h{long}v{high}h-{long}z")
    drawn = "".join(f'<path class="s-{code}" d="{"".join(d)}"/>' for code, d in sorted(paths.items()))
    inner = f'<svg viewBox="0 0 {WIDTH} 100" preserveAspectRatio="none" width="100%" height="100%">{drawn}</svg>'
    line = ""
    if now_us is not None and strip.from_us < now_us < strip.to_us:
        place = (now_us - strip.from_us) * 100 / length
        line = f'<line class="now" x1="{place:.2f}%" x2="{place:.2f}%" y1="0" y2="100%"/>'
    opened = Markup('<svg class="{}" role="img" aria-label="{}">').format(f"strip {kind}".strip(), words)
    return opened + Markup(f"{inner}{''.join(hidden)}{line}</svg>")  # noqa: S704  - numbers and our own names


def axis_svg(from_us: int, to_us: int, marks: Sequence[tuple[int, str]], kind: str = "axis") -> Markup:
    """Clock times under a strip, each at its place; the first and the last keep within the box."""
    length = max(1, to_us - from_us)
    texts = []
    for at, word in marks:
        place = (at - from_us) * 100 / length
        anchor = "start" if place < 4 else "end" if place > 96 else "middle"
        texts.append(Markup('<text x="{}%" y="78%" text-anchor="{}">{}</text>').format(f"{place:.2f}", anchor, word))
    return Markup('<svg class="{}" aria-hidden="true">{}</svg>').format(kind, Markup("").join(texts))


def _cut(start: int, end: int, planned: Sequence[Span]) -> list[tuple[int, int, bool]]:
    """A slice of time in pieces that lie inside or outside planned time."""
    pieces: list[tuple[int, int, bool]] = []
    place = start
    for a, b in planned:
        if b <= place or a >= end:
            continue
        if a > place:
            pieces.append((place, a, False))
        pieces.append((max(a, place), min(b, end), True))
        place = min(b, end)
    if place < end:
        pieces.append((place, end, False))
    return pieces
