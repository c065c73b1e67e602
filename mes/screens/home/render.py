"""The site at one moment → the values of the first page in one language. Pure."""

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from config.device import Name
from config.plant import Plant
from contract.sample import from_us
from mes.screens.wall.render import meter_svg, percent, span_of, telling
from mes.screens.wall.site import SiteView
from mes.screens.wall.tiles import Numbers
from mes.web.formats import Formats
from mes.web.state_strip import strip_svg
from mes.web.told import told
from mes.web.words import Language, brief, words

DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
# Which states a person asks for beside those that run, in this order.
SAID = ("down", "stopped", "waiting", "slow", "setup", "maintenance", "planned", "idle", "nodata")


def values_of(plant: Plant, view: SiteView, language: Language) -> dict[str, Any]:
    """What the template of the first page needs."""
    w = words(language)
    formats = Formats(language, ZoneInfo(plant.site.zone), view.now_us)
    tiles = [tile for line in view.lines for tile in line.tiles]
    looks = Counter(tile.look.code for tile in tiles)
    late = sum(1 for order in view.orders if order.late)
    unknown = sum(1 for order in view.orders if order.late is None)
    on_time = len(view.orders) - late - unknown
    return {
        "v": view,
        "percent": percent,
        "told": told,
        "range": span_of,
        "telling": telling,
        "aged": formats.aged,
        "clock": formats.clock,
        "brief": lambda us: brief(us / 1e6, w),
        "day": day_of(plant, view.now_us, language),
        "strip": lambda strip, now: strip_svg(strip, w["wall.strip"], "thin", now),
        "meter": meter_of,
        "share": lambda share, target=None: meter_svg(share, target),
        "running": looks["running"] + looks["slow"],
        "machines": len(tiles),
        "states": " · ".join(f"{looks[code]} {w[f'code.{code}']}" for code in SAID if looks[code]),
        "orders": {
            "all": len(view.orders),
            "late": late,
            "unknown": unknown,
            "on_time": on_time,
        },
        "alarm_text": {str(a.id): {"en": a.text_en, "zh": a.text_zh} for a in view.alarms},
        "names": names_of(plant),
    }


def names_of(plant: Plant) -> dict[str, Name]:
    """Lines and machines by id."""
    return {line.id: line.name for line in plant.lines} | {machine.id: machine.name for machine in plant.machines}


def day_of(plant: Plant, at_us: int, language: Language) -> str:
    """'Thu 2026-11-26', '周四 2026-11-26', by the site's calendar."""
    there = from_us(at_us).astimezone(ZoneInfo(plant.site.zone))
    return f"{DAYS[language][there.weekday()]} {there:%Y-%m-%d}"


def meter_of(numbers: Numbers) -> Markup:
    """OEE as a bar with its bounds as a whisker; only its ground where little was observed."""
    kpi = numbers.oee
    if not telling(numbers) or kpi.value is None or kpi.low is None:
        return meter_svg(None, None)
    return meter_svg(kpi.value, None, kpi.low, kpi.high)
