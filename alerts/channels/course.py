"""Database → the picture of the value that a message's rule watches."""

from datetime import timedelta
from importlib.util import find_spec
from zoneinfo import ZoneInfo

import psycopg

from alerts.alarms.journal import Connection
from alerts.channels.letter import Letter
from alerts.channels.picture import Step, png_of
from config.plant import Plant
from config.rules.kinds import Anomaly, Threshold
from runtime.database import queries
from runtime.settings import BadSetting

COURSE = queries("alerts.channels", "queries_enclosures.sql")["course"].encode()
FURTHEST_OFF = queries("alerts.channels", "queries_enclosures.sql")["furthest_off"].encode()
SHOWN = timedelta(hours=2)
STEP = timedelta(seconds=12)
# A tag that is read or sent more rarely is still one line.
LONGEST_STEP_S = 300.0


class Course:
    """The pictures of one plant; BadSetting where Pillow is not installed."""

    def __init__(self, plant: Plant, channel: str) -> None:
        if find_spec("PIL") is None:
            raise BadSetting(f"channel '{channel}' has picture: true: pip install 'shopfloor[picture]'")
        self.plant = plant
        self.zone = ZoneInfo(plant.site.zone)
        self.rules = {rule.id: rule for rule in plant.rules if isinstance(rule, Threshold | Anomaly)}

    def __call__(self, conn: Connection, letter: Letter) -> bytes:
        """The PNG; empty where the rule watches no number, or it cannot be read: the message goes without."""
        message = letter.messages[0]
        rule = self.rules.get(message.rule)
        if rule is None or message.machine is None:
            return b""
        tag = rule.tag if isinstance(rule, Threshold) else self._furthest_off(conn, message.alarm)
        if tag is None:
            return b""
        until = message.at
        row = {"machine": message.machine, "tag": tag, "since": until - SHOWN, "until": until, "step": STEP}
        try:
            with conn.transaction():
                steps = [Step(*found) for found in conn.execute(COURSE, row)]
        except psycopg.DataError:
            return b""
        limits = (
            [limit for limit in (rule.above, rule.below) if limit is not None] if isinstance(rule, Threshold) else []
        )
        unit = next((one.unit for one in self.plant.machine(message.machine).tags if one.name == tag), "")
        span = ((until - SHOWN).astimezone(self.zone), until.astimezone(self.zone))
        return png_of(steps, span, limits, f"{message.machine} {tag} {unit}".strip(), LONGEST_STEP_S)

    def _furthest_off(self, conn: Connection, alarm: int) -> str | None:
        """Of an anomaly, the tag that was furthest off."""
        found = conn.execute(FURTHEST_OFF, {"alarm": alarm}).fetchone()
        return str(found[0]) if found else None
