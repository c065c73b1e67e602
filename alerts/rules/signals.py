"""Samples, one by one → do the rules of change, standstill and condition hold? Pure.

As for a threshold, time is that of the samples, and a restart replays the samples of the last `memory_us`.
"""

from collections import deque
from collections.abc import Iterable, Mapping

from alerts.rules.control_chart import ControlChart
from alerts.rules.persistence import Persistence
from alerts.rules.tapes import Verdict, concerns, us
from config.device import Machine, Role
from config.expression import spoken
from config.plant import Plant
from config.rules.values import ExpressionRule, RateOfChange, SpcRule, Stuck
from contract.sample import State

OfValues = RateOfChange | Stuck | SpcRule | ExpressionRule
Said = tuple[Verdict, float | str | None]
NOTHING: Said = (Verdict.HOLD, None)


class Change:
    """How much a value has risen, or fallen, since its lowest, or highest, value within the window."""

    def __init__(self, rule: RateOfChange, machine: Machine) -> None:
        self.rule, self.machine, self.hears = rule, machine.id, frozenset({rule.tag})
        self.within_us, self.hold_us = us(rule.within), us(machine.no_data_after)
        self.memory_us = self.within_us + 2 * self.hold_us
        self.sign, self.limit = (1, rule.above) if rule.above is not None else (-1, rule.below or 0.0)
        self.last_us: int | None = None
        # Values of the window that a later one may still be measured from, each higher than the one before it.
        self.lows: deque[tuple[int, float]] = deque()

    def feed(self, at_us: int, tag: str, value: float | None, now_us: int | None) -> Said:
        """ON above the limit, OFF at half of it, so that it does not chatter."""
        del tag, now_us
        if value is None or (self.last_us is not None and at_us < self.last_us):
            return NOTHING
        if self.last_us is not None and at_us - self.last_us > self.hold_us:
            self.lows.clear()
        self.last_us, high = at_us, self.sign * value
        while self.lows and self.lows[0][0] < at_us - self.within_us:
            self.lows.popleft()
        while self.lows and self.lows[-1][1] >= high:
            self.lows.pop()
        self.lows.append((at_us, high))
        rise = high - self.lows[0][1]
        verdict = Verdict.ON if rise > self.limit else Verdict.OFF if rise <= self.limit / 2 else Verdict.HOLD
        return verdict, self.sign * rise

    def tick(self, now_us: int) -> Said:
        """Nothing: a value that is not read does not change."""
        del now_us
        return NOTHING


class Standstill:
    """Since when a value has not moved while the machine ran; what does not move while it stands is no wonder."""

    def __init__(self, rule: Stuck, machine: Machine) -> None:
        self.rule, self.machine = rule, machine.id
        state = machine.tag_of(Role.STATE)
        self.state_tag = state.name if state else None
        self.hears = frozenset({rule.tag} | ({state.name} if state else set()))
        self.longer_us, self.hold_us = us(rule.longer_than), us(machine.no_data_after)
        self.memory_us = self.longer_us + 2 * self.hold_us
        self.state_us, self.running_since_us = 0, None if state else 0
        self.last_us: int | None = None
        self.moved: tuple[int, float] | None = None

    def feed(self, at_us: int, tag: str, value: float | None, now_us: int | None) -> Said:
        """ON when it has stood for too long, OFF when it moves."""
        del now_us
        if tag == self.state_tag:
            if at_us >= self.state_us:
                runs = self.running_since_us is not None and at_us - self.state_us <= self.hold_us
                self.state_us = at_us
                self.running_since_us = None if value != State.RUNNING else self.running_since_us if runs else at_us
            return NOTHING
        if value is None or (self.last_us is not None and at_us < self.last_us):
            return NOTHING
        gap = self.last_us is None or at_us - self.last_us > self.hold_us
        self.last_us = at_us
        if self.moved is None or abs(value - self.moved[1]) > self.rule.band:
            first, self.moved = self.moved is None, (at_us, value)
            return NOTHING if first else (Verdict.OFF, value)
        if gap:
            self.moved = (at_us, self.moved[1])
        if self.running_since_us is None or (self.state_tag and at_us - self.state_us > self.hold_us):
            return NOTHING
        stood_us = at_us - max(self.moved[0], self.running_since_us)
        return (Verdict.ON if stood_us > self.longer_us else Verdict.HOLD), value

    def tick(self, now_us: int) -> Said:
        """Nothing: silence is no standstill."""
        del now_us
        return NOTHING


class Holds:
    """Whether a condition over the last values of a machine's tags holds; a value counts for no_data_after."""

    def __init__(self, rule: ExpressionRule, machine: Machine) -> None:
        self.rule, self.machine = rule, machine.id
        tags = [tag for tag in machine.tags if spoken(tag.name) in rule.condition.names]
        self.hears = frozenset(tag.name for tag in tags)
        self.states = {tag.name for tag in tags if tag.role is Role.STATE}
        self.units = {tag.name: tag.unit for tag in tags}
        self.hold_us = us(machine.no_data_after)
        self.memory_us = us(max(rule.delay, rule.off_delay)) + 2 * self.hold_us
        self.persistence = Persistence(us(rule.delay), us(rule.off_delay), self.hold_us)
        self.values: dict[str, tuple[int, float | None]] = {}

    def feed(self, at_us: int, tag: str, value: float | None, now_us: int | None) -> Said:
        """What the condition says with one more value."""
        if at_us < self.values.get(tag, (at_us, None))[0]:
            return NOTHING
        self.values[tag] = at_us, value
        newest_us = max(known_us for known_us, _ in self.values.values())
        valid = {
            name: found[1] if (found := self.values.get(name)) and newest_us - found[0] <= self.hold_us else None
            for name in self.hears
        }
        truth = self.rule.condition.holds({spoken(name): self._word(name, known) for name, known in valid.items()})
        return self.persistence.feed(newest_us, truth, now_us), self._told()

    def tick(self, now_us: int) -> Said:
        """What has held for long enough."""
        return self.persistence.tick(now_us), self._told()

    def _word(self, name: str, value: float | None) -> float | str | None:
        if name not in self.states or value is None:
            return value
        return State(int(value)).name.lower() if value in State.__members__.values() else None

    def _told(self) -> str:
        """'pressure 5.2 bar, state running'."""
        known = [(name, self._word(name, self.values[name][1])) for name in sorted(self.values)]
        said = [
            (name, value if isinstance(value, str) else f"{value:.4g} {self.units[name]}".strip())
            for name, value in known
            if value is not None
        ]
        return ", ".join(f"{name} {value}" for name, value in said)


Signal = Change | Standstill | ControlChart | Holds


def signals_of(plant: Plant) -> list[Signal]:
    """One for each such rule and each machine that has what it looks at."""
    made: list[Signal] = []
    for rule in plant.rules:
        for machine in plant.machines if isinstance(rule, OfValues) else ():
            names = {tag.name for tag in machine.tags}
            match rule:
                case _ if not concerns(rule, [machine.id]):
                    continue
                case RateOfChange() if rule.tag in names:
                    made.append(Change(rule, machine))
                case Stuck() if rule.tag in names:
                    made.append(Standstill(rule, machine))
                case SpcRule() if rule.tag in names:
                    made.append(ControlChart(rule, machine))
                case ExpressionRule() if rule.condition.names <= {spoken(name) for name in names}:
                    made.append(Holds(rule, machine))
    return made


def by_tag(signals: Iterable[Signal]) -> Mapping[tuple[str, str], list[Signal]]:
    """Who hears which tag of which machine."""
    found: dict[tuple[str, str], list[Signal]] = {}
    for signal in signals:
        for tag in signal.hears:
            found.setdefault((signal.machine, tag), []).append(signal)
    return found
