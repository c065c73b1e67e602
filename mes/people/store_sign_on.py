"""People sign on at a station and off again; each time the feed is told."""

import os
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from mes.feed.event import RANDOM_BYTES, time_ordered_id
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell, tell_in_thread
from mes.people.badges import badge_of
from mes.people.models_sign_on import Method, SignOnAnswer, SignOnBody
from mes.people.roles import MATRIX, Action
from mes.people.store_badges import holder_of_badge
from mes.people.store_login import MOST_WRONG, WITHIN, is_right, note_wrong
from mes.people.store_login import SQL as LOGIN
from mes.people.store_stations import CLIENT, LONGEST, signed_on_at
from mes.web.access.author import Author
from mes.web.access.holder import Station
from mes.web.context import LEND_S
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection, Pool

SQL = queries("mes.people", "stations.sql")
TOLD = "sign_on.changed"


async def prove(pool: Pool, body: SignOnBody, source: str) -> tuple[UUID, str, Method]:
    """Whose badge, or number and PIN, this is; a Problem where it is nobody's.

    Wrong PINs count as wrong passwords do.
    """
    if body.badge is not None:
        badge = badge_of(body.badge)
        async with pool.connection(LEND_S) as conn:
            found = None if badge is None else await holder_of_badge(conn, badge)
        if found is None:
            raise Problem(401, "This badge is not known.", "Sign on with number and PIN; an administrator can add it.")
        return (*found, "badge")
    if body.number is None or body.pin is None:
        raise Problem(422, "Neither a badge, nor number and PIN are given.", "Send badge, or number and pin.")
    async with pool.connection(LEND_S) as conn:
        row = {"number": body.number, "within": WITHIN}
        known = await (await conn.execute(LOGIN["try"].encode(), row)).fetchone()
        locked = None if known else await (await conn.execute(LOGIN["locked"].encode(), row)).fetchone()
    if locked is not None:
        raise _locked(locked[0])
    id_, _, hashed, tries, _ = known or (None, None, None, 0, None)
    right = tries <= MOST_WRONG and await is_right(body.pin, hashed)
    async with pool.connection(LEND_S) as conn:
        if right and id_ is not None:
            await conn.execute(LOGIN["right"].encode(), {"holder": id_})
            return id_, body.number, "pin"
        until = await note_wrong(conn, id_, tries, "pin", source)
    raise Problem(401, "Number and PIN do not match.", "Try again.") if until is None else _locked(until)


async def sign_on(
    conn: Connection, station: Station, person: UUID, number: str, method: Method, at: datetime | None = None
) -> SignOnAnswer:
    """The person's open sign-on at the station, made where there was none, since now or an instant before.

    In the caller's transaction.
    """
    author = Author(number, f"{CLIENT}{station.name}")
    row: dict[str, Any] = {"id": time_ordered_id(time.time_ns() // 1_000_000, os.urandom(RANDOM_BYTES))}
    row |= {"holder": person, "station": station.id, "method": method, "begins_at": at}
    for (id_,) in await (await conn.execute(SQL["forgotten"].encode(), {"longest": LONGEST})).fetchall():
        await _tell(conn, await _one(conn, id_))
    made = await conn.execute(SQL["sign_on"].encode(), row | {"person": author.person, "client": author.client})
    if made.rowcount:
        signed = next((one for one in await signed_on_at(conn, station.id) if one.id == person), None)
        needed = MATRIX[Action.SIGN_ON]
        if signed is None or needed.isdisjoint(signed.roles):
            raise Problem(
                403,
                f"'{number}' has no role that works at a station.",
                "Ask an administrator for one of them.",
                roles=sorted(needed),
            )
    found = await (await conn.execute(SQL["open_sign_on"].encode(), row)).fetchone()
    assert found is not None  # noqa: S101  - it was made or was there
    answer = await _one(conn, found[0])
    if made.rowcount:
        await note(conn, author, "sign on", f"station/{station.id}", None, {"method": method})
        await _tell(conn, answer)
    return answer


async def sign_off(conn: Connection, id_: UUID, station: UUID | None, author: Author) -> SignOnAnswer:
    """The sign-on, which has ended; ending twice is ending once. `station`: only one of this station, else 404."""
    ended = await (await conn.execute(SQL["sign_off"].encode(), {"id": id_, "station": station})).fetchone()
    answer = await _one(conn, id_, station)
    if ended is not None:
        await note(conn, author, "sign off", f"station/{answer.station}", {"person": answer.person}, None)
        await _tell(conn, answer)
    return answer


async def sign_ons(
    conn: Connection,
    after: int,
    most: int,
    *,
    id_: UUID | None = None,
    station: UUID | None = None,
    open_: bool | None = None,
    from_: datetime | None = None,
    to: datetime | None = None,
) -> list[tuple[int, SignOnAnswer]]:
    """Sign-ons with their places in the list."""
    row = {"after": after, "most": most, "id": id_, "station": station, "open": open_, "from": from_, "to": to}
    rows = await (await conn.execute(SQL["sign_ons"].encode(), row)).fetchall()
    return [_answer(one) for one in rows]


async def was_signed_on(conn: Connection, station: UUID, number: str, at: datetime) -> bool:
    """Whether a person was signed on at a station at an instant."""
    there = await sign_ons(conn, 0, 1000, station=station, from_=at, to=at + timedelta(microseconds=1))
    return any(one.person == number for _, one in there)


def end_forgotten(conn: psycopg.Connection[TupleRow], _: datetime) -> None:
    """Who has not signed off after half a day is signed off as of then."""
    for (id_,) in conn.execute(SQL["forgotten"], {"longest": LONGEST}).fetchall():
        row = {"after": 0, "most": 1, "id": id_, "station": None, "open": None, "from": None, "to": None}
        found = conn.execute(SQL["sign_ons"], row).fetchone()
        assert found is not None  # noqa: S101  - it was just written
        tell_in_thread(conn, TOLD, f"sign_on/{id_}", _data(_answer(found)[1]))


async def _tell(conn: Connection, changed: SignOnAnswer) -> None:
    await tell(conn, TOLD, f"sign_on/{changed.id}", _data(changed))


def _data(changed: SignOnAnswer) -> dict[str, Any]:
    told = changed.model_dump(mode="json", by_alias=True)
    # By MQTT an event stands under its machine.
    return told | ({"machine": changed.machines[0]} if len(changed.machines) == 1 else {})


async def _one(conn: Connection, id_: UUID, station: UUID | None = None) -> SignOnAnswer:
    found = await sign_ons(conn, 0, 1, id_=id_, station=station)
    if not found:
        raise Problem(
            404, f"There is no sign-on '{id_}' here.", "GET /api/v1/sign-ons?open=true lists who is signed on."
        )
    return found[0][1]


def _answer(row: TupleRow) -> tuple[int, SignOnAnswer]:
    place, id_, person, station, name, machines, operation, method, from_, to = row
    return place, SignOnAnswer(
        id=id_,
        person=person,
        station=station,
        station_name=name,
        machines=machines,
        operation=operation,
        method=method,
        from_=from_,
        to=to,
    )


def _locked(until: datetime) -> Problem:
    return Problem(
        403, f"Too many wrong tries: locked until {until:%H:%M} UTC.", "Wait, or ask an administrator to unlock."
    )
