"""Alarms that nobody acknowledges → who is called next, in the caller's transaction; each timer is a row."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

import psycopg
import structlog
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from alerts.channels.recipient import Recipient
from alerts.channels.store_deliveries import post
from config.calendar import Calendar
from config.on_call.escalation import Call, Policy, Position, begin, carry_out, with_channels
from config.on_call.rows import People, policies_from, quiet_until, rosters_from, staff_from
from config.plant import Plant
from config.rules.rule import Priority
from contract.sample import from_us, to_us
from runtime.database import queries

log = structlog.get_logger()
SQL = {
    name: text.encode() for name, text in (queries("contract", "on_call.sql") | queries("alerts.escalation")).items()
}
Connection = psycopg.Connection[TupleRow]
READ_EVERY = timedelta(seconds=5)
# A hand-over is no call: it comes as what is not urgent does, where somebody has said how.
HAND_OVER_BY = (Priority.LOW, Priority.MEDIUM, Priority.HIGH)
# By person: channel, address, delay in microseconds, quiet time from and to, language.
Ways = dict[str, list[tuple[str, str | None, int, time | None, time | None, str | None]]]


class Escalation:
    """One connection's view; what it keeps for some seconds is in rows."""

    def __init__(self, conn: Connection, plant: Plant) -> None:
        self.conn = conn
        self.zone = plant.site.zone
        self.channels = {channel.id for channel in plant.channels}
        self.people: People | None = None
        self.read_at = datetime.min.replace(tzinfo=UTC)
        self.owners = {rule.id: rule.owner for rule in plant.rules if rule.owner is not None}

    def round(self, calendar: Calendar, at: datetime) -> None:
        """End what was answered, begin what calls, carry out what is due, and note who is on call."""
        people = self._fresh_people(calendar, at)
        if not self.owners:
            return
        self._end_answered(at)
        self._begin(people, at)
        for alarm, policy, round_, step, _, priority in self._rows("due_steps", at):
            found = people.policies.get(policy)
            if found is None or not found.steps:
                self._without_policy(alarm, policy, at)
            else:
                self._carry_out(people, alarm, found, Position(round_, step, to_us(at)), priority, at)
        for journal, person, channel, address, language, priority in self._rows("take_due", at):
            post(self.conn, journal, [Recipient(channel, person, address, language)], at, priority == Priority.HIGH)

    def _fresh_people(self, calendar: Calendar, at: datetime) -> People:
        """Read anew after some seconds, and then it is noted who is on call."""
        if self.people is None or not timedelta(0) <= at - self.read_at < READ_EVERY:
            self.people, self.read_at = self._people(calendar, at), at
            self._note_on_call(self.people, at)
        return self.people

    def _people(self, calendar: Calendar, at: datetime) -> People:
        rosters = rosters_from(self._rows("rosters", at), self._rows("rotations", at), self._rows("overrides", at))
        staff = staff_from(self._rows("staff", at), self._rows("skills", at), self.zone)
        policies = policies_from(self._rows("policies", at), self._rows("steps", at))
        here = {id_: with_channels(one, self.channels) for id_, one in policies.items()}
        return People(rosters, staff, here, calendar)

    def _rows(self, query: str, at: datetime, **more: object) -> Sequence[TupleRow]:
        return self.conn.execute(SQL[query], {"at": at} | more).fetchall()

    def _note_on_call(self, people: People, at: datetime) -> None:
        """The history of who was on call, for whoever asks later."""
        before = {(roster, person) for roster, person in self._rows("on_call_now", at)}
        now = {(roster, person) for roster in people.rosters for person in people.who(roster, to_us(at))}
        for query, changed in (("goes", before - now), ("comes", now - before)):
            for roster, person in sorted(changed):
                self.conn.execute(SQL[query], {"roster": roster, "person": person, "at": at})
        for roster, person in sorted(now - before):
            # Of a roster that is new nobody hands anything over.
            if any(roster == known for known, _ in before):
                self._hand_over(people, roster, person, at)

    def _hand_over(self, people: People, roster: str, person: str, at: datetime) -> None:
        """Whoever comes on call reads once which alarms of theirs are still open."""
        policies = {id_ for id_, one in people.policies.items() if any(step.roster == roster for step in one.steps)}
        rules = [rule for rule, owner in self.owners.items() if owner in policies]
        ways = next((found for name in HAND_OVER_BY if (found := self._ways(name).get(person))), [])
        for (alarm,) in self.conn.execute(SQL["still_open"], {"rules": rules}).fetchall() if ways else []:
            journal = self._line(alarm, "handed_over", at, {"roster": roster, "persons": [person]})
            to = [Recipient(channel, person, address, language) for channel, address, *_, language in ways]
            post(self.conn, journal, to, at, high=False)

    def _end_answered(self, at: datetime) -> None:
        """Whoever was called is told that somebody has the alarm, or that it has cleared."""
        ended = self._rows("answered", at)
        if ended:
            self.conn.execute(SQL["forget_due"], {"alarms": [alarm for alarm, *_ in ended]})
        for alarm, priority, since, journal in ended:
            called = [Recipient(channel, *who) for *who, channel in self._called(alarm, since)]
            if journal is not None and called:
                post(self.conn, journal, called, at, priority == Priority.HIGH)

    def _called(self, alarm: int, since: datetime) -> list[tuple[str, str | None, str | None, str]]:
        rows = self.conn.execute(SQL["called"], {"alarm": alarm, "since": since}).fetchall()
        return [(person, address, language, channel) for person, channel, address, language in rows]

    def _begin(self, people: People, at: datetime) -> None:
        ready = [
            rule for rule, owner in self.owners.items() if owner in people.policies and people.policies[owner].steps
        ]
        self.conn.execute(SQL["policy_came"], {"rules": ready})
        for alarm, rule, _, since in self._rows("calling", at, rules=list(self.owners)):
            policy = people.policies.get(self.owners[rule])
            first = None if policy is None else begin(policy, to_us(since))
            row = {"alarm": alarm, "policy": self.owners[rule], "since": since}
            self.conn.execute(SQL["begin"], row | {"next_at": from_us(first.at_us) if first else None})
            if first is None:
                self._without_policy(alarm, self.owners[rule], at)

    def _without_policy(self, alarm: int, policy: str, at: datetime) -> None:
        """Told once; the alarm calls as soon as its rule's owner is a policy with a step."""
        self.conn.execute(SQL["wait_for_policy"], {"alarm": alarm})
        self._line(alarm, "nobody_on_call", at, {"policy": policy})
        log.error("nobody_on_call", alarm=alarm, policy=policy, cure="make the policy on /on-call")

    def _carry_out(
        self, people: People, alarm: int, policy: Policy, position: Position, priority: str, at: datetime
    ) -> None:
        ways = self._ways(priority)

        def reachable(roster: str, at_us: int) -> tuple[str, ...]:
            return tuple(person for person in people.who(roster, at_us) if person in ways)

        calls, after = carry_out(policy, position, to_us(at), reachable)
        for call in calls:
            on_call = () if call.roster is None else people.who(call.roster, call.at_us)
            passed_over = [one.roster for one in calls if one.skipped and one.roster]
            self._call(alarm, call, [one for one in on_call if one not in ways], passed_over, ways, priority, at)
        if after is None:
            self.conn.execute(SQL["stay"], {"alarm": alarm})
        else:
            row = {"alarm": alarm, "round": after.round, "step": after.step, "next_at": from_us(after.at_us)}
            self.conn.execute(SQL["move"], row)

    def _call(
        self,
        alarm: int,
        call: Call,
        unreachable: Sequence[str],
        passed_over: Sequence[str],
        ways: Ways,
        priority: str,
        at: datetime,
    ) -> None:
        """One line of the journal, and what is to be sent by it now and later."""
        detail: dict[str, object] = {name: getattr(call, name) for name in ("round", "step", "roster", "channel")}
        detail |= {"persons": list(call.persons), "unreachable": list(unreachable)}
        # Whoever is called reads why those before were not.
        comment = f"nobody on call 无人值班: {', '.join(passed_over)}" if passed_over and not call.skipped else ""
        journal = self._line(alarm, "nobody_on_call" if call.skipped else "escalated", at, detail, comment)
        if call.skipped:
            log.warning("nobody_on_call", alarm=alarm, roster=call.roster, channel=call.channel, persons=unreachable)
            return
        high = priority == Priority.HIGH
        if call.channel is not None:
            post(self.conn, journal, [Recipient(call.channel)], at, high)
        for person in call.persons:
            for channel, address, after_us, quiet_from, quiet_to, language in ways[person]:
                due = at + timedelta(microseconds=after_us)
                ends = None if high else quiet_until(due, self.zone, quiet_from, quiet_to)
                if due == at and ends is None:
                    post(self.conn, journal, [Recipient(channel, person, address, language)], at, high)
                else:
                    row = {"journal": journal, "alarm": alarm, "person": person, "channel": channel, "address": address}
                    self.conn.execute(SQL["add_due"], row | {"language": language, "due_at": ends or due})

    def _ways(self, priority: str) -> Ways:
        """How persons want to be called for a priority; a channel that the plant file has no more is none."""
        found: Ways = {}
        for person, channel, *way in self.conn.execute(SQL["ways"], {"priority": priority}).fetchall():
            if channel in self.channels:
                found.setdefault(person, []).append((channel, *way))
        return found

    def _line(self, alarm: int, event: str, at: datetime, detail: Mapping[str, object], comment: str = "") -> int:
        row = {"alarm": alarm, "event": event, "at": at, "detail": Jsonb(detail), "comment": comment}
        found = self.conn.execute(SQL["add_journal"], row).fetchone()
        assert found is not None  # noqa: S101  - an INSERT that returns has one row
        return int(found[0])
