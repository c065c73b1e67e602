"""What the wall shows → HTML in one language. Pure."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from zoneinfo import ZoneInfo

from markupsafe import Markup

from config.plant import Plant
from mes.screens.tiles import Bar, OrderLine, Tile
from mes.screens.view import LineView
from mes.web.formats import Formats
from mes.web.render import MARKS, page
from mes.web.words import Language, duration, words

HOUR_US = 3_600_000_000
GRIDS = (1, 2, 3, 4, 6, 8, 12)
TELLING_FROM = 0.5
WIDE = ("n1", "n2", "n4")


def grid(machines: int) -> str:
    """The class of the grid that holds so many tiles: n1, n2, n3, n4, n6, n8 or n12."""
    return f"n{next((size for size in GRIDS if machines <= size), GRIDS[-1])}"


def percent(ratio: float) -> str:
    """0.6249 → '62'; below one per cent still '0'; not capped. A share of 99.6 % is not yet '100'."""
    exact = Fraction(ratio) * 100
    return str(int(exact)) if 99 < exact < 100 else str(round(exact))


def telling(shown: Tile | LineView) -> bool:
    """True when there is an OEE and at least half of the planned time was seen: less is no number to show large."""
    return shown.oee.value is not None and shown.completeness is not None and shown.completeness >= TELLING_FROM


def verdict(order: OrderLine, language: Language) -> str:
    """'✓ on time', '▲ 25 min late', '? no forecast'."""
    w = words(language)
    shape = {"order.late": "▲", "order.on_time": "✓"}.get(order.verdict, "?")
    return f"{shape} {w[order.verdict].format(duration((order.late_by_us or 0) / 1e6, w))}"


def parts(plant: Plant, view: LineView, language: Language) -> dict[str, str]:
    """The head and the tiles of a line as HTML, by the id of their place on the page."""
    formats = Formats(language, ZoneInfo(plant.site.zone), view.now_us)
    size = grid(len(view.tiles))
    more: dict[str, object] = {
        "v": view,
        "narrow": size not in WIDE,
        "percent": percent,
        "telling": telling,
        "ratio": lambda value: "–" if value is None else f"{percent(value)} %",
        "bar": lambda bar: Markup(bar_svg(bar)),  # noqa: S704  - holds only numbers and our own names
        "clock": formats.clock,
        "moment": formats.moment,
        "aged": formats.aged,
        "verdict": lambda order: verdict(order, language),
        "alarm_chip": _alarm_chip(view, words(language)),
    }
    made = {"head": page("head.html", language, **more), "nodes": page("strip.html", language, **more).strip()}
    for tile in view.tiles:
        made[tile.machine.id] = page("tile.html", language, t=tile, **more)
    return made


def _alarm_chip(view: LineView, w: Mapping[str, str]) -> Callable[[], Markup]:
    def chip() -> Markup:
        """The number of open alarms with the highest priority among them, or nothing."""
        if not view.alarms:
            return Markup("")
        highest = next(p for p in ("high", "medium", "low") if any(a.priority == p for a in view.alarms))
        count = len(view.alarms)
        text = w["alarm_count_one"] if count == 1 else w["alarm_count"].format(count)
        return Markup(' <a class="chip {}" href="/alarms">{} {}</a>').format(highest, MARKS[highest], text)

    return chip


def bar_svg(bar: Bar) -> str:
    """The tape as one path a colour; nothing shorter than 1/4000 of the bar is drawn, nothing is exaggerated."""
    width = 4000
    scale = width / (bar.to_us - bar.from_us)
    paths: dict[str, list[str]] = {}
    for start, end, kind in bar.spans:
        x = round((start - bar.from_us) * scale)
        length = round((end - bar.from_us) * scale) - x
        if length:
            paths.setdefault(kind, []).append(f"M{x} 0h{length}v9h-{length}z")
    drawn = "".join(f'<path class="{kind}" d="{"".join(d)}"/>' for kind, d in sorted(paths.items()))
    first = -(-bar.from_us // HOUR_US) * HOUR_US
    hours = "".join(f"M{round((at - bar.from_us) * scale)} 7v2" for at in range(first, bar.to_us, HOUR_US))
    return (
        f'<svg class="bar" viewBox="0 0 {width} 9" preserveAspectRatio="none" aria-hidden="true">'
        f'{drawn}<path class="hours" d="{hours}"/></svg>'
    )
