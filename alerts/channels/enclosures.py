"""Adds to a message what belongs to its receiver alone: a link to acknowledge, and a picture of the watched value."""

from collections.abc import Callable
from dataclasses import replace

from alerts.alarms.journal import Connection
from alerts.alarms.life_cycle import FOLLOWS
from alerts.channels.letter import Kind, Letter
from runtime.action_link import PATH, ActionLink, signed
from runtime.database import queries

KEY = queries("alerts.channels", "queries_enclosures.sql")["action_key"].encode()
Picture = Callable[[Connection, Letter], bytes]


class Enclosures:
    """Of one channel. `public_url`: empty where people have no address of ours; `picture`: None where it takes none."""

    def __init__(self, public_url: str, picture: Picture | None = None) -> None:
        self.public_url, self.picture = public_url, picture
        self.key = b""

    def __call__(self, conn: Connection, letter: Letter) -> Letter:
        """The letter with what belongs to it; one of several alarms, or of what is over or answered, has nothing."""
        if letter.kind is not Kind.ALONE or letter.messages[0].event in FOLLOWS:
            return letter
        link = self._link(conn, letter) if self.public_url else ""
        picture = self.picture(conn, letter) if self.picture is not None else b""
        return replace(letter, acknowledge=link, picture=picture)

    def _link(self, conn: Connection, letter: Letter) -> str:
        if not self.key:
            row = conn.execute(KEY).fetchone()
            self.key = bytes(row[0]) if row else b""
        link = ActionLink(letter.id, letter.messages[0].alarm, letter.person)
        return f"{self.public_url}{PATH}?link={signed(self.key, link)}" if self.key else ""
