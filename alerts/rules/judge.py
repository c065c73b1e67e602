"""What a round has read → a verdict for each rule and subject. Pure; only the detectors remember."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from alerts.detectors.machine import Deviation, MachineAnomalies, watched_tags
from alerts.detectors.values import Detector
from alerts.faults import Faults
from alerts.rules.alarm_words import MEMORY_US, words_of
from alerts.rules.common_cause import Group, groups_of, silent_at_once
from alerts.rules.figures import Figure, HourSums, OfFacts, judge_figure, judge_oee
from alerts.rules.production import Production
from alerts.rules.signals import by_tag, signals_of
from alerts.rules.tapes import Loss, Tape, Verdict, concerns, judge_no_data, judge_order, judge_stopped
from config.plant import Plant
from config.rules.facts import OeeLow
from config.rules.kinds import Anomaly, AnyRule, DataLoss, NoData, OrderLate, PlcAlarm, Stopped, Threshold
from config.rules.values import ExpressionRule, RateOfChange, SpcRule, Stuck
from config.shifts import Span
from contract.sample import State

Key = tuple[str, str]
Detail = float | str | Loss | Deviation | Figure
# What a machine waits for, by the state in which it stands.
WAITS: Mapping[int, Literal["upstream", "downstream"]] = {State.STARVED: "upstream", State.BLOCKED: "downstream"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample of a watched tag; `value` is None for BAD. `live`: read just now, so it may raise an alarm."""

    machine: str
    tag: str
    at_us: int
    value: float | None
    live: bool


@dataclass(frozen=True, slots=True)
class Order:
    """A running order; `late_by` and `late`, the judgement of mes, are None while nobody can say."""

    id: str
    machine: str | None
    line: str | None
    late_by: timedelta | None
    late: bool | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """What was read at one moment; None is what could not be read: its alarms stay as they are.

    `facts_lag`: mes has new samples that are not in the tapes yet. `half_made` are machines of whose last day late
    samples wait for mes: of them nothing is raised that rests on facts.
    """

    now_us: int
    watching_since_us: int
    tapes: Mapping[str, Tape] | None
    planned: Sequence[Span] | None
    orders: Sequence[Order] | None
    readings: Sequence[Reading]
    # By rule and edge agent; an agent of which nothing was noticed is not in it.
    losses: Mapping[Key, Loss] | None = field(default_factory=dict)
    facts_lag: bool = False
    half_made: frozenset[str] = frozenset()
    products: Mapping[str, str | None] = field(default_factory=dict)
    # Of the machines whose facts were read in this round; and sums of hours, by rule and machine or line.
    production: Mapping[str, Production] = field(default_factory=dict)
    hours: Mapping[Key, HourSums] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict; `rule` is None when an alarm's rule no longer stands in the plant file.

    `waits_for`: the side of the line from which a machine that stands waits for something.
    """

    rule: AnyRule | None
    key: Key
    machine: str | None
    verdict: Verdict
    detail: Detail = None
    waits_for: Literal["upstream", "downstream"] | None = None


@dataclass
class Judge:
    """All rules of a plant; what cannot be judged is one of the `faults`, and all else is judged."""

    plant: Plant
    faults: Faults = field(default_factory=Faults)
    detectors: list[Detector] = field(default_factory=list)
    anomalies: list[MachineAnomalies] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A detector for each rule about a value and each machine that has it."""
        for rule in self.plant.rules:
            watched = [m for m in self.plant.machines if concerns(rule, [m.id])]
            if isinstance(rule, Threshold):
                self.detectors += [Detector(rule, m) for m in watched if any(t.name == rule.tag for t in m.tags)]
            elif isinstance(rule, Anomaly):
                self.anomalies += [
                    MachineAnomalies(rule, m, self.plant.rules) for m in watched if watched_tags(rule, m)
                ]
        self.listening: dict[Key, list[Detector]] = {}
        for detector in self.detectors:
            self.listening.setdefault((detector.machine, detector.rule.tag), []).append(detector)
        self.hearing: dict[Key, list[MachineAnomalies]] = {}
        for made in self.anomalies:
            for tag in made.hears:
                self.hearing.setdefault((made.machine, tag), []).append(made)
        self.signals = signals_of(self.plant)
        self.hearing_signals = by_tag(self.signals)
        self.words = words_of(self.plant)
        self.groups: list[Group] = groups_of(self.plant)

    @property
    def watched(self) -> set[Key]:
        """Machine and name of each tag whose samples are to be heard."""
        words = {(word.machine, word.tag.name) for word in self.words}
        return self.listening.keys() | self.hearing.keys() | self.hearing_signals.keys() | words

    @property
    def memory_us(self) -> int:
        """How old a sample may be that is still to be heard."""
        memories = [made.memory_us for made in self.detectors] + [made.memory_us for made in self.anomalies]
        memories += [made.memory_us for made in self.signals]
        return max(memories + [MEMORY_US] * bool(self.words), default=0)

    def judge(self, now: Round, open_keys: Iterable[Key]) -> list[Finding]:
        """Verdicts in the order in which they became true; HOLD is left out."""
        findings = [
            *self._machines(now, open_keys),
            *self._orders(now, open_keys),
            *self._values(now),
            *self._losses(now),
            *self._figures(now),
        ]
        findings += self._orphans(open_keys)
        return [finding for finding in findings if finding.verdict is not Verdict.HOLD]

    def _machines(self, now: Round, open_keys: Iterable[Key]) -> Iterable[Finding]:
        tapes = now.tapes
        for rule in self.plant.rules:
            if tapes is None or not isinstance(rule, Stopped | NoData):
                continue
            silent: set[str] = set()
            for machine in self.plant.machines:
                if concerns(rule, [machine.id]):
                    verdict, tape = Verdict.HOLD, tapes.get(machine.id, ())
                    with self.faults.passed_over(f"rule {rule.id} on {machine.id}"):
                        verdict = _verdict(rule, tape, now)
                    if verdict is Verdict.ON and machine.id in now.half_made:
                        verdict = Verdict.HOLD
                    silent |= {machine.id} if verdict is Verdict.ON else set()
                    waits = WAITS.get(tape[-1][1]) if tape and isinstance(rule, Stopped) else None
                    yield Finding(rule, (rule.id, machine.id), machine.id, verdict, waits_for=waits)
            if isinstance(rule, NoData):
                yield from self._common_causes(rule, tapes, silent, open_keys)

    def _common_causes(
        self, rule: NoData, tapes: Mapping[str, Tape], silent: set[str], open_keys: Iterable[Key]
    ) -> Iterable[Finding]:
        """What machines have in common that are silent at once; it is over with the first of them that is heard.

        Of a group of which the rule watches one machine only, that machine's alarm says it all.
        """
        watched = {machine.id for machine in self.plant.machines if concerns(rule, [machine.id])}
        since = {name: tape[-1][0] for name, tape in tapes.items() if tape and tape[-1][1] == State.NO_DATA}
        at_once = silent_at_once(self.groups, since)
        for group in self.groups:
            key = (rule.id, group.subject)
            if group in at_once and not group.machines.isdisjoint(silent) and len(group.machines & watched) > 1:
                yield Finding(rule, key, None, Verdict.ON)
            elif key in open_keys and not group.machines <= since.keys():
                yield Finding(rule, key, None, Verdict.OFF)

    def _orders(self, now: Round, open_keys: Iterable[Key]) -> Iterable[Finding]:
        lines = {line.id: [machine.id for machine in line.machines] for line in self.plant.lines}
        for rule in self.plant.rules:
            if now.orders is None or not isinstance(rule, OrderLate):
                continue
            running = set()
            for order in now.orders:
                machines = [order.machine] if order.machine else lines.get(order.line or "", [])
                if concerns(rule, machines):
                    running.add(order.id)
                    verdict = Verdict.HOLD
                    with self.faults.passed_over(f"rule {rule.id} on order {order.id}"):
                        verdict = judge_order(rule, order.late_by, order.late)
                    if verdict is Verdict.ON and not now.half_made.isdisjoint(machines):
                        verdict = Verdict.HOLD
                    yield Finding(rule, (rule.id, order.id), order.machine, verdict, order.late_by)
            for key in open_keys:
                if key[0] == rule.id and key[1] not in running:
                    yield Finding(rule, key, None, Verdict.OFF)

    def _losses(self, now: Round) -> Iterable[Finding]:
        for rule in self.plant.rules:
            if now.losses is not None and isinstance(rule, DataLoss):
                for edge in self._edges_of(rule):
                    loss = now.losses.get((rule.id, edge))
                    yield Finding(rule, (rule.id, edge), None, Verdict.ON if loss else Verdict.OFF, loss)

    def _edges_of(self, rule: DataLoss) -> set[str]:
        return {self.plant.device(m.device).edge for m in self.plant.machines if concerns(rule, [m.id])}

    def _values(self, now: Round) -> Iterable[Finding]:
        for made in self.anomalies:
            made.makes(now.products.get(made.machine))
        for reading in sorted(now.readings, key=lambda reading: reading.at_us):
            for detector in self.listening.get((reading.machine, reading.tag), ()):
                verdict = Verdict.HOLD
                with self.faults.passed_over(f"rule {detector.rule.id} on {detector.machine}"):
                    verdict = detector.feed(reading.at_us, reading.value, now.now_us if reading.live else None)
                if reading.live:
                    yield _finding(detector, verdict, reading.value)
            yield from self._bits(reading)
            yield from self._unusual(reading)
            yield from self._signals(reading, now.now_us)
        for signal in self.signals:
            said: tuple[Verdict, Detail] = (Verdict.HOLD, None)
            with self.faults.passed_over(f"rule {signal.rule.id} on {signal.machine}"):
                said = signal.tick(now.now_us)
            yield Finding(signal.rule, (signal.rule.id, signal.machine), signal.machine, *said)
        for detector in self.detectors:
            verdict = Verdict.HOLD
            with self.faults.passed_over(f"rule {detector.rule.id} on {detector.machine}"):
                verdict = detector.tick(now.now_us)
            yield _finding(detector, verdict, detector.last_value)

    def _signals(self, reading: Reading, now_us: int) -> Iterable[Finding]:
        for signal in self.hearing_signals.get((reading.machine, reading.tag), ()):
            said: tuple[Verdict, Detail] = (Verdict.HOLD, None)
            with self.faults.passed_over(f"rule {signal.rule.id} on {signal.machine}"):
                said = signal.feed(reading.at_us, reading.tag, reading.value, now_us if reading.live else None)
            if reading.live:
                yield Finding(signal.rule, (signal.rule.id, signal.machine), signal.machine, *said)

    def _figures(self, now: Round) -> Iterable[Finding]:
        """What rests on facts; late samples that wait to be made into them keep it from being raised."""
        for rule in self.plant.rules:
            if not isinstance(rule, OfFacts):
                continue
            for machine, seen in now.production.items():
                if now.planned is None or not concerns(rule, [machine]):
                    continue
                said: tuple[Verdict, Detail] = (Verdict.HOLD, None)
                with self.faults.passed_over(f"rule {rule.id} on {machine}"):
                    said = judge_figure(rule, seen, now.planned, now.now_us)
                if said[0] is Verdict.ON and (now.facts_lag or machine in now.half_made):
                    continue
                yield Finding(rule, (rule.id, machine), machine, *said)
        yield from self._oee(now)

    def _oee(self, now: Round) -> Iterable[Finding]:
        rules = {rule.id: rule for rule in self.plant.rules}
        machines = {machine.id for machine in self.plant.machines}
        for key, sums in now.hours.items():
            rule = rules[key[0]]
            if isinstance(rule, OeeLow):
                yield Finding(rule, key, key[1] if key[1] in machines else None, *judge_oee(rule, sums))

    def _bits(self, reading: Reading) -> Iterable[Finding]:
        """What a sample says of the bits of an alarm word; one that was read long ago only teaches."""
        for word in self.words:
            if (word.machine, word.tag.name) == (reading.machine, reading.tag):
                bits: dict[str, Verdict] = {}
                with self.faults.passed_over(f"alarm word {word.machine}/{word.tag.name}"):
                    bits = word.feed(reading.at_us, reading.value)
                for subject, verdict in bits.items():
                    if reading.live:
                        yield Finding(word.rule, (word.rule.id, subject), word.machine, verdict)

    def _unusual(self, reading: Reading) -> Iterable[Finding]:
        """What the anomaly rules say of the time before a sample; of what was read long ago they only learn."""
        for made in self.hearing.get((reading.machine, reading.tag), ()):
            found: list[tuple[Verdict, Deviation | None]] = []
            with self.faults.passed_over(f"rule {made.rule.id} on {made.machine}"):
                found = [*made.feed(reading.at_us, reading.tag, reading.value)]
            for verdict, deviation in found if reading.live else ():
                yield Finding(made.rule, (made.rule.id, made.machine), made.machine, verdict, deviation)

    def _orphans(self, open_keys: Iterable[Key]) -> Iterable[Finding]:
        """Alarms whose rule, or whose machine, has been taken out of the plant file are over."""
        rules = {rule.id: rule for rule in self.plant.rules}
        values = {(detector.rule.id, detector.machine) for detector in self.detectors}
        values |= {(made.rule.id, made.machine) for made in self.anomalies}
        signals = {(signal.rule.id, signal.machine) for signal in self.signals}
        bits = {(word.rule.id, subject) for word in self.words for subject in word.subjects.values()}
        machines = {machine.id for machine in self.plant.machines}
        groups = {group.subject for group in self.groups}
        for key in open_keys:
            match rules.get(key[0]):
                case None:
                    yield Finding(None, key, None, Verdict.OFF)
                case OrderLate():
                    continue
                case DataLoss() as rule:
                    if key[1] not in self._edges_of(rule):
                        yield Finding(rule, key, None, Verdict.OFF)
                case Threshold() | Anomaly() as rule if key not in values:
                    yield Finding(rule, key, None, Verdict.OFF)
                case PlcAlarm() as rule:
                    if key not in bits:
                        yield Finding(rule, key, None, Verdict.OFF)
                case NoData() if key[1] in groups:
                    continue
                case OeeLow() as rule if key[1] in rule.lines:
                    continue
                case RateOfChange() | Stuck() | ExpressionRule() | SpcRule() as rule if key not in signals:
                    yield Finding(rule, key, None, Verdict.OFF)
                case rule if key[1] not in machines or not concerns(rule, [key[1]]):
                    yield Finding(rule, key, None, Verdict.OFF)


def _verdict(rule: Stopped | NoData, tape: Tape, now: Round) -> Verdict:
    if isinstance(rule, Stopped):
        return Verdict.HOLD if now.planned is None else judge_stopped(rule, tape, now.planned, now.now_us)
    verdict = judge_no_data(rule, tape, now.watching_since_us, now.now_us)
    return Verdict.HOLD if verdict is Verdict.ON and now.facts_lag else verdict


def _finding(detector: Detector, verdict: Verdict, value: float | None) -> Finding:
    return Finding(detector.rule, (detector.rule.id, detector.machine), detector.machine, verdict, value)
