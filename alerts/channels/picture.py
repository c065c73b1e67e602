"""A value's last two hours and its limits → a small PNG, by Pillow (an extra). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import pairwise

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 16, 34, 32
PAPER, INK, SOFT, LIMIT = "#ffffff", "#0f2231", "#c9d3d6", "#b3261e"
TEXT_SIZE = 16
MARKS = 4
Line = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Step:
    """The least and the greatest value of a short while."""

    at: datetime
    low: float
    high: float


def png_of(
    steps: Sequence[Step], span: tuple[datetime, datetime], limits: Sequence[float], caption: str, longest_step_s: float
) -> bytes:
    """The picture, empty where nothing was read; what was not read is a gap. Times are in the zone of `span`."""
    if not steps:
        return b""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(TEXT_SIZE)
    scale = Scale(*span, *_range(steps, limits))
    for n in range(MARKS + 1):
        value, at = scale.low + (scale.high - scale.low) * n / MARKS, span[0] + (span[1] - span[0]) * n / MARKS
        draw.line(scale.level(value), fill=SOFT)
        draw.text((LEFT - 8, scale.y(value)), f"{value:.4g}", INK, font, anchor="rm")
        draw.text((scale.x(at), HEIGHT - 8), f"{at:%H:%M}", INK, font, anchor="rb" if n == MARKS else "mb")
    for limit in limits:
        draw.line(scale.level(limit), fill=LIMIT, width=2)
    for line in _lines(steps, scale, longest_step_s):
        draw.line(line, fill=INK, width=2)
    # Pillow's own letters are those of Latin-1.
    if all(ord(character) < 256 for character in caption):
        draw.text((LEFT, 8), caption, INK, font)
    found = BytesIO()
    image.save(found, "PNG", optimize=True)
    return found.getvalue()


@dataclass(frozen=True, slots=True)
class Scale:
    """Where an instant and a value stand in the picture."""

    begin: datetime
    end: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        """From the left."""
        return LEFT + (at - self.begin) / (self.end - self.begin) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """From the top."""
        return HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)

    def level(self, value: float) -> Line:
        """A line across."""
        return [(LEFT, self.y(value)), (WIDTH - RIGHT, self.y(value))]


def _lines(steps: Sequence[Step], scale: Scale, longest_step_s: float) -> Iterator[Line]:
    """The least to the greatest of each step, and from one step to the next where these are near."""
    for step in steps:
        yield [(scale.x(step.at), scale.y(step.low)), (scale.x(step.at), scale.y(step.high))]
    for before, step in pairwise(steps):
        if (step.at - before.at).total_seconds() <= longest_step_s:
            yield [(scale.x(one.at), scale.y((one.low + one.high) / 2)) for one in (before, step)]


def _range(steps: Sequence[Step], limits: Sequence[float]) -> tuple[float, float]:
    """What the picture shows from bottom to top: all values and limits, and a little room."""
    values = [*(step.low for step in steps), *(step.high for step in steps), *limits]
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or max(abs(high) * 0.08, 1.0)
    return low - room, high + room
