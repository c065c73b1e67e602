"""What the walls show → HTML in one language. Pure."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from zoneinfo import ZoneInfo

from markupsafe import Markup

from config.device import Machine
from config.plant import Line, Plant
from mes.kpi.formulas import Kpi
from mes.screens.wall.site import SiteView
from mes.screens.wall.tiles import FACTORS, AlarmLine, Numbers, OrderLine
from mes.screens.wall.view import HOUR_US, TELLING_FROM, LineView
from mes.web.formats import Formats
from mes.web.render import page
from mes.web.state_strip import Strip, axis_svg, strip_svg
from mes.web.told import told
from mes.web.words import Language, brief, words

MOST_ROWS, TALL_ROWS = 8, 4


def size_of(machines: int) -> str:
    """The class of a wall with so many rows: 'n4 tall', 'n6', or 'two' with two columns and no strips."""
    if machines > MOST_ROWS:
        return "two"
    return f"n{machines} tall" if machines <= TALL_ROWS else f"n{machines}"


def percent(ratio: float) -> str:
    """0.6249 → '62'; below one per cent still '0'; not capped. A share of 99.6 % is not yet '100'."""
    exact = Fraction(ratio) * 100
    return str(int(exact)) if 99 < exact < 100 else str(round(exact))


def telling(shown: Numbers) -> bool:
    """True when there is an OEE and at least half of the planned time was seen: less is no number to show large."""
    return shown.oee.value is not None and shown.completeness is not None and shown.completeness >= TELLING_FROM


def span_of(kpi: Kpi) -> str:
    """'62–71 %', or '≥ 62 %' where there is no upper bound; a dash where there is no number."""
    if kpi.low is None:
        return "–"
    if kpi.high is None:
        return f"≥ {percent(kpi.low)} %"
    low, high = percent(kpi.low), percent(kpi.high)
    return f"{low} %" if low == high else f"{low}–{high} %"


def verdict(order: OrderLine, language: Language) -> str:
    """'✓ on time', '▲ 25 min late', '? no forecast'."""
    w = words(language)
    shape = {"order.late": "▲", "order.on_time": "✓"}.get(order.verdict, "?")
    return f"{shape} {w[order.verdict].format(brief((order.late_by_us or 0) / 1e6, w))}"


def said(alarm: AlarmLine, machine: Machine, language: Language) -> str:
    """What an alarm says beside its machine's name: without that name before it."""
    text, name = (alarm.text_en, machine.name.en) if language == "en" else (alarm.text_zh, machine.name.zh)
    short = text.removeprefix(name).lstrip(":： ") if text.startswith((f"{name}:", f"{name}：")) else text
    return short or text


def line_parts(plant: Plant, view: LineView, language: Language) -> dict[str, str]:
    """Head, rows and foot of a line as HTML, by the id of their place on the page."""
    known = _known(plant, view.now_us, language) | _of_line(plant, view, language)
    size = size_of(len(view.tiles))
    known |= {"tall": size.endswith("tall"), "strips": size != "two"}
    made = {"head": page("head.html", language, **known)}
    for tile in view.tiles:
        made[tile.machine.id] = page("tile.html", language, t=tile, **known)
    made["foot"] = page("foot.html", language, **known)
    return made


def machine_parts(plant: Plant, view: LineView, machine: str, language: Language) -> dict[str, str]:
    """One machine that fills the screen."""
    tile = next(tile for tile in view.tiles if tile.machine.id == machine)
    known = _known(plant, view.now_us, language) | _of_line(plant, view, language)
    known |= {"factors": list(zip(tile.numbers.factors, FACTORS, strict=True)), "meter": meter_svg}
    return {machine: page("machine.html", language, t=tile, **known)}


def site_parts(plant: Plant, view: SiteView, language: Language) -> dict[str, str]:
    """The site board."""
    known = _known(plant, view.now_us, language)
    known |= {"v": view, "plant": plant, "names": {machine.id: machine.name for machine in plant.machines}}
    return {"head": page("site_head.html", language, **known), "board": page("board.html", language, **known)}


def wall_of(line: Line) -> str | None:
    """The machine that fills the wall of its line, since it is its only one."""
    return line.machines[0].id if len(line.machines) == 1 else None


def address_of(plant: Plant, equipment: str) -> str:
    """Where the wall of the site, of a line or of a machine is."""
    if equipment == plant.site.id:
        return "/wall"
    return f"/wall/{equipment}" if any(line.id == equipment for line in plant.lines) else f"/wall/machine/{equipment}"


def meter_svg(
    share: float | None, target: float | None = None, low: float | None = None, high: float | None = None
) -> Markup:
    """A bar that is filled to a share, a line at the target, a whisker from low to high; empty without a share."""
    drawn = ['<rect class="bg" width="100%" height="100%"/>']
    if share is not None:
        drawn.append(f'<rect class="good" width="{_clamped(share)}%" height="100%"/>')
    if target is not None:
        drawn.append(_mark("target", target))
    if share is not None and low is not None:
        a, b = _clamped(low), _clamped(1.0 if high is None else high)
        drawn.append(f'<line class="w" x1="{a}%" x2="{b}%" y1="50%" y2="50%"/>')
        drawn += [f'<line class="w" x1="{x}%" x2="{x}%" y1="10%" y2="90%"/>' for x in (a, b)]
    return Markup(f'<svg class="meter" aria-hidden="true">{"".join(drawn)}</svg>')  # noqa: S704  - numbers only


def _mark(kind: str, share: float) -> str:
    return f'<line class="{kind}" x1="{_clamped(share)}%" x2="{_clamped(share)}%" y1="0" y2="100%"/>'


def _clamped(share: float) -> str:
    return f"{min(1.0, max(0.0, share)) * 100:.2f}"


def _known(plant: Plant, now_us: int, language: Language) -> dict[str, object]:
    """What every part of every wall may use."""
    formats, w = Formats(language, ZoneInfo(plant.site.zone), now_us), words(language)
    return {
        "percent": percent,
        "told": told,
        "telling": telling,
        "range": span_of,
        "ratio": lambda numbers: f"{percent(numbers.oee.value)} %" if telling(numbers) else "–",
        "oee": _oee,
        "clock": formats.clock,
        "moment": formats.moment,
        "aged": formats.aged_briefly,
        "brief": lambda seconds: brief(seconds, w),
        "verdict": lambda order: verdict(order, language),
        "said": lambda alarm, machine: said(alarm, machine, language),
        "strip": lambda strip, now: strip_svg(strip, w["wall.strip"], now_us=now),
    }


def _of_line(plant: Plant, view: LineView, language: Language) -> dict[str, object]:
    w = words(language)
    return {
        "v": view,
        "axis": axis_of(view.tiles[0].strip, Formats(language, ZoneInfo(plant.site.zone), view.now_us)),
        "alarm_chip": _alarm_chip(view, w),
        "call_chip": _call_chip(view),
    }


def _oee(numbers: Numbers, tall: bool) -> str:
    """'62'; without room for bounds elsewhere '58–66' where less than 95 % was observed; '–' below half."""
    if not telling(numbers):
        return "–"
    assert numbers.oee.value is not None  # noqa: S101  - telling says so
    if not tall and (numbers.completeness or 0) < 0.95:
        return span_of(numbers.oee).removesuffix(" %")
    return percent(numbers.oee.value)


def axis_of(strip: Strip, formats: Formats) -> Markup:
    """The hours of a strip at about four places."""
    step = max(1, round((strip.to_us - strip.from_us) / HOUR_US / 4)) * HOUR_US
    marks = [(at, formats.clock(at)[:2]) for at in range(strip.from_us, strip.to_us + 1, step)]
    return axis_svg(strip.from_us, strip.to_us, marks)


def _alarm_chip(view: LineView, w: Mapping[str, str]) -> Callable[[], Markup]:
    def found() -> Markup:
        """The number of open alarms with the highest priority among them, or nothing."""
        if not view.alarms:
            return Markup("")
        highest = next(p for p in ("high", "medium", "low") if any(a.priority == p for a in view.alarms))
        count = len(view.alarms)
        text = w["alarm_count_one"] if count == 1 else w["alarm_count"].format(count)
        shape = Markup('<svg class="i" aria-hidden="true"><use href="#p-{}"/></svg>').format(highest)
        chip = Markup(' <a class="chip {}" href="/alarms" aria-label="{}">{} {}</a>')
        return chip.format(highest, text, shape, count)

    return found


def _call_chip(view: LineView) -> Callable[[], Markup]:
    def chip() -> Markup:
        """The open calls of the line, loud while nobody has answered one of them; nothing without calls."""
        if not view.calls:
            return Markup("")
        kind = "high" if any(not call.answered for call in view.calls) else "medium"
        icon = Markup('<svg class="i" aria-hidden="true"><use href="#i-call"/></svg>')
        return Markup(' <span class="chip {}">{} {}</span>').format(kind, icon, len(view.calls))

    return chip
