"""Verdicts and acknowledgements → table alarm, its journal and what is to be sent, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
import structlog
from psycopg.rows import TupleRow

from alerts.alarms.life_cycle import Condition, Event, Happening, next_step
from alerts.alarms.texts import Text, text_of
from alerts.channels.recipient import Recipient
from alerts.channels.store_deliveries import post
from alerts.faults import ODD, Faults
from alerts.rules.alarm_words import text_of_bit
from alerts.rules.judge import Finding, Key
from alerts.rules.tapes import Verdict
from config.plant import Plant
from config.rules import PlcAlarm, Priority
from runtime.database import queries
from runtime.guard import of_the_server

log = structlog.get_logger()
SQL = {name: text.encode() for name, text in queries("alerts.alarms").items()}
MOST_NAME = 100
Connection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody has asked to acknowledge an alarm."""

    id: int
    key: Key
    by: str
    comment: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the journal that is to be written."""

    key: Key
    condition: Condition
    event: Event
    finding: Finding | None = None
    request: Request | None = None


class Journal:
    """The open alarms as the database has them; after a failed transaction make a new one."""

    def __init__(self, conn: Connection, plant: Plant, faults: Faults | None = None) -> None:
        self.conn = conn
        self.plant = plant
        self.faults = faults or Faults()
        self.rules = {rule.id: rule for rule in plant.rules}
        self.ids: dict[Key, int] = {}
        self.conditions: dict[Key, Condition] = {}
        self.priorities: dict[Key, str] = {}
        for id_, rule, subject, condition, priority in conn.execute(SQL["open_alarms"]):
            self.ids[rule, subject] = id_
            self.conditions[rule, subject] = Condition(condition)
            self.priorities[rule, subject] = priority

    @property
    def open_keys(self) -> list[Key]:
        """Rule and subject of each alarm that is not over."""
        return list(self.ids)

    def requests(self) -> list[Request]:
        """What people have asked for and is still to be done."""
        unacked = (Condition.ACTIVE_UNACKED, Condition.CLEARED_UNACKED)
        if not any(condition in unacked for condition in self.conditions.values()):
            return []
        rows = self.conn.execute(SQL["requests"]).fetchall()
        return [Request(id_, (rule, subject), by, comment) for id_, rule, subject, by, comment in rows]

    def write(self, requests: Sequence[Request], findings: Sequence[Finding], at: datetime) -> int:
        """Do what was asked, then what the rules say; how many lines the journal got."""
        written = 0
        for request in requests:
            written += self._try(request.key, Happening.ACKNOWLEDGE, at, request=request)
        for finding in findings:
            happening = Happening.ON if finding.verdict is Verdict.ON else Happening.OFF
            written += self._try(finding.key, happening, at, finding=finding)
        if written:
            self.conn.execute(SQL["notify"])
        return written

    def _try(
        self,
        key: Key,
        happening: Happening,
        at: datetime,
        finding: Finding | None = None,
        request: Request | None = None,
    ) -> bool:
        """True when this changed the alarm; False when nothing changed, or when this alarm cannot be written."""
        next_ = next_step(self.conditions.get(key, Condition.NORMAL), happening)
        if next_ is None:
            return False
        step = Step(key, *next_, finding, request)
        what = f"alarm {key[0]} on {key[1]}"[:MOST_NAME]
        try:
            with self.conn.transaction():
                alarm = self._write(step, at)
        except psycopg.Error as err:
            # A subject too long for an index is the row's fault, although PostgreSQL counts it as a limit of its own.
            if of_the_server(err, self.conn) and not isinstance(err, psycopg.errors.ProgramLimitExceeded):
                raise
            self.faults.add(what, err)
            return False
        except ODD as err:
            self.faults.add(what, err)
            return False
        self._remember(step, alarm)
        return True

    def _remember(self, step: Step, alarm: int) -> None:
        key = step.key
        if step.condition is Condition.NORMAL:
            del self.conditions[key], self.ids[key], self.priorities[key]
        else:
            self.priorities[key] = self._priority(key)
            self.conditions[key], self.ids[key] = step.condition, alarm
        log.info(f"alarm_{step.event}", rule=key[0], subject=key[1], by=step.request.by if step.request else None)

    def _write(self, step: Step, at: datetime) -> int:
        """Everything that a step writes; the alarm's number."""
        alarm = self._alarm(step, at)
        rule = self.rules.get(step.key[0])
        request = step.request
        entry = {
            "alarm": alarm,
            "event": step.event,
            "at": at,
            "by": request.by if request else None,
            "comment": request.comment if request else "",
            "request": request.id if request else None,
        }
        journal = self._number(SQL["add_journal"], entry)
        if rule is not None and rule.notify:
            high = self._priority(step.key) == Priority.HIGH
            post(self.conn, journal, [Recipient(channel) for channel in rule.notify], at, high)
        return alarm

    def _alarm(self, step: Step, at: datetime) -> int:
        """The alarm's number, after its row has been brought up to the step."""
        row: dict[str, object] = {"condition": step.condition, "at": at, "alarm": self.ids.get(step.key)}
        match step.event:
            case Event.RAISED:
                return self._number(SQL["add_alarm"], row | self._new_alarm(step))
            case Event.RAISED_AGAIN:
                text = self._text(step)
                self.conn.execute(SQL["raise_again"], row | {"en": text.en, "zh": text.zh})
            case Event.CLEARED:
                self.conn.execute(SQL["clear"], row)
            case Event.ACKNOWLEDGED:
                self.conn.execute(SQL["acknowledge"], row | {"by": step.request.by if step.request else None})
        return self.ids[step.key]

    def _new_alarm(self, step: Step) -> dict[str, object]:
        rule, subject = step.key
        text = self._text(step)
        machine = step.finding.machine if step.finding else None
        return {
            "rule": rule,
            "subject": subject,
            "machine": machine,
            "priority": self._priority(step.key),
            "en": text.en,
            "zh": text.zh,
        }

    def _priority(self, key: Key) -> str:
        """That of an open alarm; of a new one the rule's, or a more exact one of a bit."""
        if key in self.priorities:
            return self.priorities[key]
        rule = self.rules[key[0]]
        own = text_of_bit(self.plant, key[1]).priority if isinstance(rule, PlcAlarm) else None
        return own or rule.priority

    def _text(self, step: Step) -> Text:
        detail = step.finding.detail if step.finding else None
        return text_of(self.plant, self.rules[step.key[0]], step.key[1], detail)

    def _number(self, statement: bytes, row: dict[str, object]) -> int:
        found = self.conn.execute(statement, row).fetchone()
        if found is None:
            raise psycopg.DataError("the database returned no number for a new row")
        return int(found[0])
