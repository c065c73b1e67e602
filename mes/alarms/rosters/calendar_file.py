"""The turns of a person → a calendar that calendar programs follow (RFC 5545). Pure."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from icalendar import Calendar, Event

from contract.sample import from_us

PRODUCT = "-//shopfloor//on call//EN"


def calendar_of_turns(turns: Sequence[tuple[str, int, int]], name: str, summary: str, made_at: datetime) -> bytes:
    """(name of the roster, from, to in microseconds) of each turn; `summary` has a place for the roster's name."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for roster, start, end in turns:
        event = Event()
        # The same turn has the same id in each answer, so that programs change it and do not add it again.
        event.add("uid", hashlib.sha256(f"{roster} {start}".encode()).hexdigest()[:32] + "@shopfloor")
        event.add("summary", summary.format(roster))
        event.add("dtstamp", made_at)
        event.add("dtstart", from_us(start))
        event.add("dtend", from_us(end))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
