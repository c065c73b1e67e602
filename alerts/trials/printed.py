"""What a trial of a rule has found → lines for a terminal. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from alerts.alarms.spans import span_en
from alerts.trials.replay import Active, messages, share_active
from config.plant import Plant
from config.rules.kinds import AnyRule
from config.shifts import Span
from contract.sample import from_us


def lines_of(plant: Plant, rule: AnyRule, times: Sequence[Active], span: Span) -> list[str]:
    """From and to of each time, and a sum by machine, in the plant's time."""
    zone = ZoneInfo(plant.site.zone)
    lines = []
    for one in times:
        until = f"{from_us(one.end_us).astimezone(zone):%Y-%m-%d %H:%M:%S}" if one.end_us else "still active"
        lasted = (one.end_us or span[1]) - one.begin_us
        begin = f"{from_us(one.begin_us).astimezone(zone):%Y-%m-%d %H:%M:%S}"
        lines.append(f"{begin}  {until:<19}  {span_en(_whole(lasted)):>12}  {one.text.en}")
    for subject in dict.fromkeys(sorted(one.subject for one in times)):
        mine = [one for one in times if one.subject == subject]
        lines.append(f"{subject}: {len(mine)} x, {span_en(_whole(share_active(mine, span) // _US))} in all")
    sent = messages(plant, rule, times)
    channels = ", ".join(rule.notify) or "no channel: 'notify' is empty"
    lines.append(f"{rule.id}: {len(times)} x in {span_en(_whole(span[1] - span[0]))}; messages: {sent} ({channels})")
    return lines


_US = timedelta(microseconds=1)


def _whole(us: int) -> timedelta:
    return timedelta(seconds=round(us / 1e6))
