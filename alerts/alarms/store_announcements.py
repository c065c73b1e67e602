"""What the journal has to tell → one message each, or one for several; what is to wait is a row until it is due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

import psycopg
from psycopg.rows import TupleRow

from alerts.alarms.announcing import (
    CALM_AFTER,
    FLOOD_WITHIN,
    Announcing,
    Chatter,
    Flood,
    Said,
    lead_of,
)
from alerts.alarms.life_cycle import Event
from alerts.channels.recipient import Recipient
from alerts.channels.store_deliveries import post
from alerts.rules.judge import Key
from config.plant import Plant
from runtime.database import queries

SQL = {name: text.encode() for name, text in queries("alerts.alarms", "queries_announcements.sql").items()}
MOST_NAMED = 5
# A root is gone for good, and what followed from it had time to recover.
SETTLED_AFTER = timedelta(minutes=1)
STALE_AFTER = timedelta(days=1)
Connection = psycopg.Connection[TupleRow]


class Announcements:
    """Who is told when; one for each journal."""

    def __init__(self, conn: Connection, plant: Plant, now: datetime) -> None:
        self.conn = conn
        self.announcing = Announcing(Flood(plant.alarms.flood_above), plant.alarms.digest_every)
        self.chatter = Chatter()
        for rule, subject, at in conn.execute(SQL["recent_raises"], {"since": now - FLOOD_WITHIN}):
            self.announcing.flood.count(at, 1)
            self.chatter.begins((rule, subject), at)
        self.chatter.since = {}
        for rule, subject, at in conn.execute(SQL["chattering"], {"since": now - timedelta(hours=1)}):
            self.chatter.since[rule, subject] = max(at, now - CALM_AFTER)

    def tell(self, said: Sequence[Said], at: datetime) -> None:
        """Post what is due; all else waits as rows."""
        for one, together, due in self.announcing.due(said, at):
            row = {
                "journal": one.journal,
                "alarm": one.alarm,
                "rule": one.key[0],
                "subject": one.key[1],
                "event": one.event,
                "high": one.high,
                "channels": list(one.channels),
                "group": one.group,
                "together": together,
                "due": due,
            }
            self.conn.execute(SQL["announce_later"], row)
        # What has to follow one of these is due after it.
        while rows := self.conn.execute(SQL["due_announcements"], {"at": at}).fetchall():
            for _, members in groupby(rows, key=lambda row: row[0]):
                self._post([_said(*row[1:]) for row in members], at)

    def _post(self, together: Sequence[Said], at: datetime) -> None:
        """One message for each channel, in the name of the lead; it names the others."""
        for channel in dict.fromkeys(channel for one in together for channel in one.channels):
            mine = [one for one in together if channel in one.channels]
            post(self.conn, lead_of(mine).journal, [Recipient(channel)], at, any(one.high for one in mine))
        lead = lead_of(together)
        others = list(dict.fromkeys(one.alarm for one in together if one.alarm != lead.alarm))
        if others:
            self.name_others(lead.alarm, others)
            rest = [one.journal for one in together if one.journal != lead.journal]
            self.conn.execute(SQL["put_told_with"], {"lead": lead.journal, "journals": rest})
        self.conn.execute(SQL["announced"], {"journals": [one.journal for one in together]})

    def take_back(self, key: Key) -> None:
        """What waits of one that chatters: that it does says it all."""
        self.conn.execute(SQL["not_told"], {"rule": key[0], "subject": key[1]})

    def name_others(self, alarm: int, others: Sequence[int]) -> None:
        """After the text of an alarm, what stands in its message too."""
        rows = self.conn.execute(SQL["texts"], {"alarms": list(others)}).fetchall()
        more = len(rows) - MOST_NAMED
        en = "; ".join(row[1] for row in rows[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
        zh = "；".join(row[2] for row in rows[:MOST_NAMED]) + (f"；另有 {more} 个" if more > 0 else "")
        texts = {"en": f" · with it {len(rows)}: {en}", "zh": f" · 同时 {len(rows)} 个：{zh}"}
        self.conn.execute(SQL["put_also"], texts | {"alarm": alarm})

    def name_following(self, root: int) -> None:
        """After the text of a root alarm, what follows from it."""
        found = [id_ for (id_,) in self.conn.execute(SQL["following"], {"alarm": root})]
        if found:
            self.name_others(root, found)


def _said(
    journal: int, alarm: int, rule: str, subject: str, event: str, high: bool, channels: list[str], group: str
) -> Said:
    return Said(journal, alarm, (rule, subject), Event(event), high, tuple(channels), group)
