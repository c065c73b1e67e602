"""A report → the values of its page in one language. Pure."""

from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from config.device import Name
from contract.sample import from_us, to_us
from mes.losses.six_big_losses import FACTORS, Lost, Where, whole
from mes.screens.home.render import DAYS, names_of
from mes.screens.report.charts import COLOURS, PARTS, balance_svg, bar_svg, bars_svg
from mes.screens.report.figures import SHOWN, Slot, look_of_stop
from mes.screens.report.period import Period
from mes.screens.report.report import Report
from mes.screens.wall.render import meter_svg
from mes.web.formats import Formats
from mes.web.state_strip import axis_svg, strip_svg
from mes.web.words import Language, brief, grouped, words

HOUR_US = 3_600_000_000


def values_of(report: Report, language: Language) -> dict[str, Any]:
    """What the template of a report needs."""
    w = words(language)
    plant, figures, asked = report.plant, report.figures, report.asked
    formats = Formats(language, ZoneInfo(plant.site.zone), asked.snapshot.now_us)
    names = names_of(plant) | {plant.site.id: plant.site.name}
    longest = max((lost.us for where, lost in figures.balance.items() if where is not Where.GOOD), default=0) or 1
    top = max((cost.us for cost in figures.pareto.by_reason), default=0)
    minor = sum(cost.us for cost in figures.pareto.minor_by_state), sum(c.stops for c in figures.pareto.minor_by_state)
    return {
        "r": report,
        "f": figures,
        "asked": asked,
        "names": names,
        "title": title_of(report.period, language),
        "subtitle": _subtitle(report, language),
        "shown": SHOWN,
        "exact": exact_percent,
        "bounds": bounds_of,
        "meter": meter_svg,
        "hours": bars_svg(figures.slots, lambda at: _slot_label(report, at), grouped, w["report.hours"]),
        "missed": [(slot, _cause(slot, report, language)) for slot in figures.slots if slot.missed],
        "slot_label": lambda at: _slot_label(report, at),
        "strip": lambda strip: strip_svg(strip, w["wall.strip"]),
        "axis": _axis(report, formats),
        "balance": balance_svg(figures.balance, w["report.balance"]),
        "losses": [(where, figures.balance[where], _bar(figures.balance[where], where, longest)) for where in FACTORS],
        "others": [
            (where, figures.balance[where], _bar(figures.balance[where], where, longest))
            for where, _ in PARTS
            if where not in FACTORS and where is not Where.GOOD
        ],
        "six": sum((figures.balance[where] for where in FACTORS), start=Lost(0, Fraction(0))),
        "good": figures.balance[Where.GOOD],
        "planned": whole(figures.balance),
        "pareto": figures.pareto.by_reason[:8],
        "minor": minor,
        "pareto_bar": lambda us, kind: bar_svg(us / max(top, minor[0], 1), kind),
        "reason": lambda key: _name(report.reasons.get(key), key, language) if key else w["report.no_reason"],
        "product": lambda key: _name(report.names.get(key), key, language),
        "minutes": lambda us: f"{us / 6e7:.1f}",
        "parts": lambda parts: grouped(round(float(parts))),
        "brief": lambda us: brief(us / 1e6, w),
        "moment": lambda at: formats.moment(to_us(at)),
        "stamp": lambda at_us: f"{from_us(at_us):%Y-%m-%dT%H:%M:%S.%fZ}",
        "period_title": lambda period: title_of(period, language),
        "chart": list(reversed(report.compared)),
    }


def exact_percent(value: float | None) -> str:
    """'74.2'; a dash where there is no number."""
    return "–" if value is None else f"{value * 100:.1f}"


def bounds_of(low: float | None, high: float | None) -> str:
    """'72.9–74.7 %', '74.2 %' where both are the same, '≥ 72.9 %' without an upper one."""
    if low is None:
        return "–"
    if high is None:
        return f"≥ {low * 100:.1f} %"
    one, other = f"{low * 100:.1f}", f"{high * 100:.1f}"
    return f"{one} %" if one == other else f"{one}–{other} %"


def title_of(period: Period, language: Language) -> str:
    """'Late shift, Wed 2026-11-25', 'week from 2026-11-23', '2026-11'."""
    w = words(language)
    day = f"{DAYS[language][period.day.weekday()]} {period.day:%Y-%m-%d}"
    if period.shift is not None:
        name = period.shift.name.en if language == "en" else period.shift.name.zh
        return f"{name} · {day}"
    if period.kind == "day":
        return day
    return w["report.week"].format(period.day) if period.kind == "week" else f"{period.day:%Y-%m}"


def _subtitle(report: Report, language: Language) -> str:
    """From when to when, and how much of it was planned."""
    w, zone = words(language), ZoneInfo(report.plant.site.zone)
    start, end = (from_us(at).astimezone(zone) for at in report.period.span)
    last = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%m-%d %H:%M}"
    planned = sum(b - a for a, b in report.asked.evaluation.planned)
    return f"{start:%Y-%m-%d %H:%M}–{last} · {w['report.planned_time'].format(brief(planned / 1e6, w))}"


def _slot_label(report: Report, at_us: int) -> str:
    there = from_us(at_us).astimezone(ZoneInfo(report.plant.site.zone))
    return f"{there:%H:%M}" if report.period.kind in ("shift", "day") else f"{there:%m-%d}"


def _cause(slot: Slot, report: Report, language: Language) -> dict[str, Any] | None:
    """The state, machine, reason and length of the stop that a slot was missed by."""
    stop = slot.cause
    if stop is None:
        return None
    inside = min(stop.end_us, slot.to_us) - max(stop.begin_us, slot.from_us)
    name = report.plant.machine(stop.machine).name
    return {
        "look": look_of_stop(stop),
        "machine": name.en if language == "en" else name.zh,
        "reason": _name(report.reasons.get(stop.reason), stop.reason, language) if stop.reason else None,
        "us": inside,
    }


def _axis(report: Report, formats: Formats) -> Any:
    start, end = report.period.span
    if report.period.kind in ("shift", "day"):
        step = HOUR_US if end - start <= 12 * HOUR_US else 3 * HOUR_US
        marks = [(at, formats.clock(at)) for at in range(start, end + 1, step)]
    else:
        edges = [slot.from_us for slot in report.figures.slots]
        marks = [(at, _slot_label(report, at)) for at in edges[:: max(1, len(edges) // 7)]]
    return axis_svg(start, end, marks)


def _bar(lost: Lost, where: Where, longest: int) -> Any:
    return bar_svg(lost.us / longest, COLOURS[where])


def _name(name: Name | None, key: str, language: Language) -> str:
    if name is None:
        return key
    return name.en if language == "en" else name.zh
