"""Database → the chain of one alarm: samples, rule version, decisions, messages with their answers, people."""

from datetime import timedelta
from typing import Any

from psycopg.rows import dict_row

from config.plant import Plant
from mes.alarms.models_chain import AlarmChain, ChainLine, ChainMessage, RuleVersion
from mes.alarms.store import alarms, history
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.alarms", "queries_chain.sql")
BEFORE = timedelta(minutes=30)
MOST_FOLLOWS = 200


async def chain(conn: Connection, plant: Plant, id_: int) -> AlarmChain:
    """All that is known of one alarm, or a Problem 404."""
    alarm = (await history(conn, plant, id_, most=0)).alarm
    versions = await _rows(conn, "rule_version", {"alarm": id_})
    rows = await _rows(conn, "lines", {"alarm": id_})
    messages: dict[int, list[ChainMessage]] = {}
    # A line that was told with another stands in the messages of that one.
    told = {row["journal"]: row["told_with"] or row["journal"] for row in rows if row["journal"]}
    for row in await _rows(conn, "messages", {"journals": list({*told.values()})}):
        messages.setdefault(row.pop("journal"), []).append(ChainMessage(**row))
    version = RuleVersion(**versions[0]) if versions else None
    tag = None if version is None else version.definition.get("tag")
    samples = None
    if alarm.machine is not None and tag is not None:
        begin, end = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (alarm.raised_at - BEFORE, alarm.raised_at + BEFORE / 30))
        samples = f"/api/v1/equipment/{alarm.machine}/values?tag={tag}&from={begin}&to={end}"
    return AlarmChain(
        alarm=alarm,
        samples=samples,
        rule_version=version,
        lines=[ChainLine(**row, messages=messages.get(told.get(row["journal"], 0), [])) for row in rows],
        root=(await alarms(conn, id_=alarm.root))[0] if alarm.root is not None else None,
        follows=await alarms(conn, root=id_, limit=MOST_FOLLOWS),
    )


async def _rows(conn: Connection, name: str, asked: dict[str, object]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name].encode(), asked)
        return await cursor.fetchall()
