"""Sums of one hour of machines → the tables; what is new less what was there is added to their lines and the site."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contract.sample import from_us
from mes.facts.model import Int64
from mes.kpi.long_windows import DAY_US
from mes.kpi.minutes import packed, unobserved, unpacked
from mes.kpi.quantities import Ints
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.keeper", "sums.sql")


@dataclass(frozen=True, slots=True)
class HourSum:
    """What an hour is made of, and where they are kept its minutes; `outdated`: facts say otherwise."""

    elements: Int64
    minutes: Ints | None
    outdated: bool = False

    def plus(self, new: "HourSum", old: "HourSum") -> "HourSum":
        """This sum with other numbers of some machines."""
        elements = self.elements + (new.elements - old.elements)
        if self.minutes is None or new.minutes is None or old.minutes is None:
            return HourSum(elements, None)
        return HourSum(elements, self.minutes + (new.minutes - old.minutes))


def together(sums: Sequence[HourSum]) -> HourSum:
    """At least one, as one; without minutes where one has none."""
    elements = np.add.reduce([one.elements for one in sums])
    minutes = [one.minutes for one in sums if one.minutes is not None]
    return HourSum(elements, np.add.reduce(minutes) if len(minutes) == len(sums) else None)


async def put_hours(
    conn: Connection,
    hour_us: int,
    found: Mapping[str, HourSum],
    hashes: Mapping[str, str],
    members: Mapping[str, Sequence[str]],
) -> None:
    """Put down the sums of some machines, correct those of `members`, lines and sites, and make those that can be."""
    before = await _stored(conn, found, hour_us)
    await _write(conn, hour_us, found, hashes)
    stored = await _stored(conn, members, hour_us)
    sums: dict[str, HourSum] = {}
    for id_, names in members.items():
        if id_ in stored and stored[id_][0] == hashes[id_]:
            others = [name for name in names if name in found]
            if others:
                new, old = together([found[name] for name in others]), together([before[name][1] for name in others])
                sums[id_] = stored[id_][1].plus(new, old)
        else:
            asked = {"equipment": list(names), "hashes": [hashes[name] for name in names], "hour": from_us(hour_us)}
            row = await (await conn.execute(SQL["hours_there"], asked)).fetchone()
            if row is not None and row[0] == len(names):
                sums[id_] = together([one for _, one in (await _stored(conn, names, hour_us)).values()])
    await _write(conn, hour_us, sums, hashes)
    equipment = [*found, *members]
    day = {"day": from_us(hour_us // DAY_US * DAY_US), "equipment": equipment, "hashes": [hashes[i] for i in equipment]}
    await conn.execute(SQL["put_days"], day)


async def _stored(conn: Connection, equipment: Iterable[str], hour_us: int) -> dict[str, tuple[str, HourSum]]:
    """What is there of an hour, and by what it was made."""
    asked = {"equipment": list(equipment), "hour": from_us(hour_us)}
    rows = await (await conn.execute(SQL["hours_of"], asked)).fetchall()
    return {
        id_: (by, HourSum(np.array(elements, np.int64), None if minutes is None else unpacked(minutes)))
        for id_, by, elements, minutes in rows
    }


async def _write(conn: Connection, hour_us: int, sums: Mapping[str, HourSum], hashes: Mapping[str, str]) -> None:
    if not sums:
        return
    hour = from_us(hour_us)
    rows = [
        {
            "equipment": id_,
            "hour": hour,
            "inputs_hash": hashes[id_],
            "outdated": one.outdated,
            "elements": one.elements.tolist(),
            "unobserved": one.minutes is not None and unobserved(one.minutes),
            "minutes": None if one.minutes is None else packed(one.minutes),
        }
        for id_, one in sums.items()
    ]
    async with conn.cursor() as cursor:
        await cursor.executemany(SQL["put_hour"], rows)
        await cursor.executemany(SQL["put_minutes"], [row for row in rows if row["minutes"] is not None])
    without = [id_ for id_, one in sums.items() if one.minutes is None]
    if without:
        await conn.execute(SQL["drop_minutes"], {"equipment": without, "hour": hour})
