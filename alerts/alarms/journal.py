"""Verdicts, requests and timers → table alarm, its journal and what is to be sent, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import psycopg
import structlog
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from alerts.alarms.announcing import Said
from alerts.alarms.decision import Json, decision_of
from alerts.alarms.known import Known, at_rest, needs_of
from alerts.alarms.life_cycle import CALLS, Event, Happening, Shelving, Status, Step, next_step
from alerts.alarms.requests import Action, Request, happening_of
from alerts.alarms.roots import Roots
from alerts.alarms.store_announcements import SETTLED_AFTER, STALE_AFTER, Announcements
from alerts.alarms.store_announcements import SQL as ANNOUNCED
from alerts.alarms.texts import Text, text_of
from alerts.faults import ODD, Faults
from alerts.rules.alarm_words import text_of_bit
from alerts.rules.judge import Finding, Key
from alerts.rules.store_versions import versions_in_force
from alerts.rules.tapes import Verdict
from config.plant import Plant
from config.rules.kinds import PlcAlarm
from config.rules.rule import Priority
from contract.sample import MICROSECOND
from runtime.database import queries
from runtime.guard import of_the_server

log = structlog.get_logger()
SQL = {name: text.encode() for name, text in queries("alerts.alarms").items()}
MOST_NAME = 100
YOUNG = timedelta(minutes=2)
RAISES = frozenset({Event.RAISED, Event.RAISED_AGAIN})
Connection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something happens to an alarm: what was found of it, or what was asked for; neither: the time."""

    finding: Finding | None = None
    request: Request | None = None
    root: int | None = None

    @property
    def by(self) -> str | None:
        """The person, where there is one."""
        return self.request.by if self.request else None


class Journal:
    """The alarms as the database has them; after a failed transaction make a new one."""

    def __init__(self, conn: Connection, plant: Plant, faults: Faults | None = None) -> None:
        self.conn = conn
        self.plant = plant
        self.faults = faults or Faults()
        self.rules = {rule.id: rule for rule in plant.rules}
        self.known: dict[Key, Known] = {}
        self.said: list[Said] = []
        self.roots = Roots(plant)
        self.versions = versions_in_force(conn, plant.rules)
        self.lines = {machine.id: line.id for line in plant.lines for machine in line.machines}
        self.announcements: Announcements | None = None
        self.stale_at: datetime | None = None
        for id_, rule, subject, priority, machine, raised_at, root, *told in conn.execute(SQL["open_alarms"]):
            active, acked, confirmed, latched, suppressed, announced = told
            status = Status(active, acked, confirmed, latched, Shelving.UNSHELVED, suppressed, announced=announced)
            self.known[rule, subject] = Known(status, id_, priority, machine, raised_at, root)
        for rule, subject, alarm, timed in conn.execute(SQL["shelved"]):
            now = self._known_or((rule, subject), alarm)
            kind = Shelving.TIMED if timed else Shelving.ONE_SHOT
            self.known[rule, subject] = replace(now, status=replace(now.status, shelving=kind))
        for rule, subject, alarm in conn.execute(SQL["taken_out"]):
            now = self._known_or((rule, subject), alarm)
            self.known[rule, subject] = replace(now, status=replace(now.status, out_of_service=True))

    def _known_or(self, key: Key, alarm: int) -> Known:
        return self.known.get(key) or Known(Status(), alarm, Priority.MEDIUM, None, None)

    @property
    def open(self) -> dict[Key, Known]:
        """Each alarm that is not over, by rule and subject."""
        return {key: known for key, known in self.known.items() if not known.status.over}

    @property
    def open_keys(self) -> list[Key]:
        """Rule and subject of each alarm that is not over."""
        return list(self.open)

    def requests(self) -> list[Request]:
        """What people have asked for and is still to be done."""
        rows = self.conn.execute(SQL["requests"]).fetchall()
        return [
            Request(
                id_,
                (rule, subject),
                alarm,
                by,
                comment,
                Action(action),
                None if lasts_us is None else lasts_us * MICROSECOND,
                bool(overtaken),
            )
            for id_, rule, subject, alarm, by, comment, action, lasts_us, overtaken in rows
        ]

    def write(self, requests: Sequence[Request], findings: Sequence[Finding], at: datetime) -> int:
        """Do what was asked, what is due, then what the rules say; how many things have happened."""
        if self.announcements is None:
            self.announcements = Announcements(self.conn, self.plant, at)
        written = sum(self._asked(request, at) for request in requests)
        for rule, subject in self.conn.execute(SQL["due_shelvings"], {"at": at}).fetchall():
            written += self.happen((rule, subject), Happening.TIME_OUT, at)
        followed: set[int] = set()
        for finding in self.roots.in_order(findings):
            if finding.verdict is Verdict.ON:
                written += self._on(finding, at, followed)
            else:
                written += self.happen(finding.key, Happening.OFF, at, Cause(finding))
        written += self._released(at) + self._noise(at, self.announcements)
        for root in followed:
            self.announcements.name_following(root)
        self.announcements.tell(self.said, at)
        self.said = []
        if written or requests:
            self.conn.execute(SQL["notify"])
        return written

    def _asked(self, request: Request, at: datetime) -> bool:
        known = self.known.get(request.key)
        happening = happening_of(request, known.alarm if known and not known.status.over else None)
        done = happening is not None and self.happen(request.key, happening, at, Cause(request=request))
        outcome = "done" if done else "overtaken" if request.overtaken else "nothing"
        self.conn.execute(SQL["put_outcome"], {"request": request.id, "at": at, "outcome": outcome})
        return done

    def _on(self, finding: Finding, at: datetime, followed: set[int]) -> bool:
        """Raise it, as a consequence where it follows from another; one that has just been raised may turn out so."""
        known = self.known.get(finding.key)
        status = known.status if known else Status()
        if status.active and (status.suppressed or known is None or not _young(known, at)):
            return False
        standing = [key for key, one in self.known.items() if one.status.active and not one.status.suppressed]
        found = self.roots.root_of(finding, standing) if standing else None
        if found is None:
            return self.happen(finding.key, Happening.ON, at, Cause(finding))
        cause = Cause(finding, root=self.known[found].alarm)
        followed.add(self.known[found].alarm)
        if status.active:
            return self.happen(finding.key, Happening.SUPPRESS, at, cause)
        return self.happen(finding.key, Happening.ON, at, cause)

    def _released(self, at: datetime) -> int:
        """What still stands although its root is gone is announced."""
        rows = self.conn.execute(ANNOUNCED["released"], {"before": at - SETTLED_AFTER}).fetchall()
        return sum(self.happen((rule, subject), Happening.UNSUPPRESS, at) for rule, subject in rows)

    def _noise(self, at: datetime, announcements: Announcements) -> int:
        """Lines of what chatters, is calm again, or has stood for a day."""
        noted = [(key, Event.CALM) for key in announcements.chatter.calmed(at)]
        if self.stale_at is None or at - self.stale_at > timedelta(minutes=1):
            self.stale_at = at
            rows = self.conn.execute(ANNOUNCED["stale"], {"before": at - STALE_AFTER}).fetchall()
            noted += [((rule, subject), Event.STALE) for rule, subject in rows]
        kept: list[Said] = []
        for one in self.said:
            if one.event in CALLS and announcements.chatter.begins(one.key, at):
                noted.append((one.key, Event.CHATTERING))
                announcements.take_back(one.key)
            elif one.key not in announcements.chatter.since:
                kept.append(one)
        self.said = kept
        for key, event in noted:
            self._note(key, event, at)
        return len(noted)

    def _note(self, key: Key, event: Event, at: datetime) -> None:
        """A line that changes no sub-state; people are told of what chatters, and of what stays after."""
        known = self.known.get(key)
        if known is None:
            return
        journal = self._line(known.alarm, event, at, Cause())
        told = event is Event.CHATTERING or (event is Event.CALM and known.status.active and not known.status.acked)
        if told and not known.status.quiet:
            self.said += self._said(key, known, event, journal)
        log.info(f"alarm_{event}", rule=key[0], subject=key[1])

    def _said(self, key: Key, known: Known, event: Event, journal: int) -> list[Said]:
        rule = self.rules.get(key[0])
        if rule is None or not rule.notify:
            return []
        group = self.lines.get(known.machine or "", key[0])
        return [Said(journal, known.alarm, key, event, known.priority == Priority.HIGH, rule.notify, group)]

    def happen(self, key: Key, happening: Happening, at: datetime, cause: Cause = Cause()) -> bool:
        """True when this changed the alarm; False when nothing changed, or when this alarm cannot be written."""
        before = self.known.get(key)
        status = before.status if before else Status()
        if happening is Happening.ON:
            status = replace(status, suppressed=cause.root is not None)
        step = next_step(status, happening, needs_of(self.rules.get(key[0])))
        if step is None:
            return False
        what = f"alarm {key[0]} on {key[1]}"[:MOST_NAME]
        try:
            with self.conn.transaction():
                after, said = self._write(key, before, step, at, cause)
        except psycopg.Error as err:
            # A subject too long for an index is the row's fault, although PostgreSQL counts it as a limit of its own.
            if of_the_server(err, self.conn) and not isinstance(err, psycopg.errors.ProgramLimitExceeded):
                raise
            self.faults.add(what, err)
            return False
        except ODD as err:
            self.faults.add(what, err)
            return False
        self.known.pop(key, None)
        if after.kept:
            self.known[key] = after
        self.said += said
        for event in step.events:
            log.info(f"alarm_{event}", rule=key[0], subject=key[1], by=cause.by)
        return True

    def _write(
        self, key: Key, before: Known | None, step: Step, at: datetime, cause: Cause
    ) -> tuple[Known, list[Said]]:
        """Everything that a step writes; what is known then, and what people are told."""
        after = self._alarm(key, before, step, at, cause)
        self._timers(key, after.alarm, step, at, cause)
        said: list[Said] = []
        for nth, event in enumerate(step.events):
            quiet = event in RAISES and step.status.quiet
            journal = self._line(after.alarm, event, at, cause, first=nth == 0, quiet=quiet)
            if event is step.said:
                said += self._said(key, after, event, journal)
        return after, said

    def _alarm(self, key: Key, before: Known | None, step: Step, at: datetime, cause: Cause) -> Known:
        """What is known after the alarm's row has been brought up to the step."""
        status, raised = step.status, not RAISES.isdisjoint(step.events)
        text = self._text(key, cause.finding) if raised else None
        row: dict[str, object] = asdict(at_rest(status) if status.over else status) | {
            "at": at,
            "en": text.en if text else None,
            "zh": text.zh if text else None,
            "version": self.versions.get(key[0]),
        }
        if Event.RAISED in step.events:
            machine = cause.finding.machine if cause.finding else None
            priority = self._priority(key)
            new = {"rule": key[0], "subject": key[1], "machine": machine, "priority": priority, "root": cause.root}
            return Known(status, self._number(SQL["add_alarm"], row | new), priority, machine, at, cause.root)
        if before is None:
            # Only a request sets aside what does not stand.
            alarm = cause.request.alarm if cause.request else 0
            return Known(status, alarm, Priority.MEDIUM, None, None)
        root = cause.root if cause.root is not None else before.root
        if not before.status.over:
            did = {"cleared": Event.CLEARED in step.events, "acknowledged": Event.ACKNOWLEDGED in step.events}
            self.conn.execute(SQL["put_status"], row | did | {"alarm": before.alarm, "by": cause.by, "root": root})
        return replace(before, status=status, root=root)

    def _timers(self, key: Key, alarm: int, step: Step, at: datetime, cause: Cause) -> None:
        """The rows of what is set aside."""
        request = cause.request
        row: dict[str, object] = {"rule": key[0], "subject": key[1], "alarm": alarm, "at": at}
        if request is not None:
            lasts = request.lasts
            row |= {"by": request.by, "comment": request.comment, "until": None if lasts is None else at + lasts}
        for event in step.events:
            match event:
                case Event.SHELVED:
                    self.conn.execute(SQL["shelve"], row)
                case Event.UNSHELVED | Event.SHELVING_ENDED:
                    self.conn.execute(SQL["unshelve"], row)
                case Event.OUT_OF_SERVICE:
                    self.conn.execute(SQL["take_out"], row)
                case Event.IN_SERVICE:
                    self.conn.execute(SQL["put_back"], row)

    def _line(
        self, alarm: int, event: Event, at: datetime, cause: Cause, *, first: bool = True, quiet: bool = False
    ) -> int:
        request = cause.request
        detail: Json = decision_of(cause.finding) if cause.finding else {}
        if quiet:
            detail["quiet"] = True
        if cause.root is not None:
            detail["root"] = cause.root
        if event is Event.SHELVED and request is not None and request.lasts is not None:
            detail["lasts_us"] = request.lasts // MICROSECOND
        entry = {
            "alarm": alarm,
            "event": event,
            "at": at,
            "by": request.by if request else None,
            "comment": request.comment if request and first else "",
            "request": request.id if request and first else None,
            "detail": Jsonb(detail),
        }
        return self._number(SQL["add_journal"], entry)

    def _priority(self, key: Key) -> str:
        """The rule's, or a more exact one of a bit."""
        rule = self.rules[key[0]]
        own = text_of_bit(self.plant, key[1]).priority if isinstance(rule, PlcAlarm) else None
        return own or rule.priority

    def _text(self, key: Key, finding: Finding | None) -> Text:
        return text_of(self.plant, self.rules[key[0]], key[1], finding.detail if finding else None)

    def _number(self, statement: bytes, row: Mapping[str, object]) -> int:
        found = self.conn.execute(statement, row).fetchone()
        if found is None:
            raise psycopg.DataError("the database returned no number for a new row")
        return int(found[0])


def _young(known: Known, at: datetime) -> bool:
    """Raised so lately that its root may only show now."""
    return known.raised_at is not None and at - known.raised_at < YOUNG
