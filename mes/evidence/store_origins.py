"""Facts → the samples and frames that they came from, and the edits that changed them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from config.device import Machine, Role
from contract.sample import State, from_us
from mes.evidence.receipt import Origin, Origins, wanted
from mes.facts.model import MachineFacts, Span
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.evidence")
EDIT = ("id", "kind", "from", "to", "state", "reason", "comment", "undoes", "by", "why", "made_us")


async def origins_of(
    conn: Connection, machines: Sequence[Machine], facts: Mapping[str, MachineFacts], as_of_us: int
) -> Origins:
    """Where each boundary of a state and each count step came from, of frames that were here at `as_of_us`."""
    asked = {"machines": [machine.id for machine in machines]}
    rows = await (await conn.execute(SQL["series_of"].encode(), asked)).fetchall()
    numbers: dict[tuple[str, str], int] = {(machine, tag): series for machine, tag, series in rows}
    keys: list[tuple[str, Role, int]] = []
    series: list[int] = []
    for machine in machines:
        for role, at in wanted(machine, facts[machine.id]):
            tag = machine.tag_of(role)
            number = numbers.get((machine.id, tag.name)) if tag else None
            if number is not None:
                keys.append((machine.id, role, at))
                series.append(number)
    points = {
        "n": list(range(len(keys))),
        "series": series,
        "at": [from_us(at) for _, _, at in keys],
        "counter": [role is not Role.STATE for _, role, _ in keys],
        "as_of": from_us(as_of_us),
    }
    found = await (await conn.execute(SQL["origins"].encode(), points)).fetchall()
    return {keys[row[0]]: Origin(*row[1:]) for row in found}


async def edits_of(
    conn: Connection, facts: Mapping[str, MachineFacts], as_of_us: int
) -> dict[str, list[dict[str, Any]]]:
    """For each machine the edits that touch its tape from its first interval's begin to its last one's end."""
    asked = {
        "machines": list(facts),
        "from": [from_us(one.first_since_us) for one in facts.values()],
        "to": [from_us(one.last_until_us) for one in facts.values()],
        "as_of": from_us(as_of_us),
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in facts}
    for machine, *rest in await (await conn.execute(SQL["receipt_edits"].encode(), asked)).fetchall():
        edit = dict(zip(EDIT, rest, strict=True))
        edit["state"] = None if edit["state"] is None else State(edit["state"]).name.lower()
        found[machine].append(edit)
    return found


async def longest_end(
    conn: Connection, machines: Sequence[str], window: Span, as_of_us: int | None, most: int
) -> datetime | None:
    """The end of the longest window from the same begin with at most so many facts; None where this one has no more."""
    asked = {"machines": machines, "most": most, "as_of": as_of_us and from_us(as_of_us)}
    asked |= {"from": from_us(window[0]), "to": from_us(window[1])}
    row = await (await conn.execute(SQL["receipt_end"].encode(), asked)).fetchone()
    return row[0] if row else None
