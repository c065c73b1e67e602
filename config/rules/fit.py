"""Does a rule find on its machines what it looks at? Pure."""

from collections.abc import Sequence

from config.device import Machine, Role, Tag
from config.expression import spoken
from config.rules.facts import CounterSilent, OeeLow, ScrapRate, SlowCycle, StateTooLong
from config.rules.rule import Rule
from config.rules.values import ExpressionRule, RateOfChange, SpcRule, Stuck


def tells_scrap(machine: Machine) -> bool:
    """Whether its counters tell scrap from good parts."""
    counted = (Role.TOTAL_COUNT, Role.GOOD_COUNT, Role.SCRAP_COUNT)
    return sum(machine.tag_of(role) is not None for role in counted) > 1


def counts(machine: Machine) -> bool:
    """Whether it counts all its parts."""
    return machine.tag_of(Role.TOTAL_COUNT) is not None or machine.tag_of(Role.GOOD_COUNT) is not None


def rule_fits(rule: Rule, watched: Sequence[Machine], lines: Sequence[str]) -> None:
    """ValueError that names the rule, what it misses, and the cure; `watched` are the machines that it is for.

    A rule that names its machines is for each of them; one for all machines is for those that have what it needs.
    """
    match rule:
        case RateOfChange(tag=tag) | Stuck(tag=tag) | SpcRule(tag=tag):
            _has_number(rule, tag, watched)
            if isinstance(rule, Stuck):
                _each(rule, [m for m in watched if _tag(m, tag)], Role.STATE)
        case ExpressionRule():
            _reads(rule, watched)
        case StateTooLong():
            told = [m for m in watched if (state := m.tag_of(Role.STATE)) and not state.words.isdisjoint(rule.states)]
            _enough(rule, watched, told, f"tells the state {' or '.join(rule.states)} ('states' of its state tag)")
        case ScrapRate():
            _enough(rule, watched, [m for m in watched if tells_scrap(m)], "counts scrap: add a tag with scrap_count")
        case SlowCycle() | CounterSilent():
            told = [m for m in watched if counts(m) and m.tag_of(Role.STATE)]
            _enough(rule, watched, told, "has a state and counts its parts: add a tag with state, one with total_count")
            if isinstance(rule, CounterSilent):
                _longer_than_a_cycle(rule, told)
        case OeeLow():
            for line in rule.lines:
                if line not in lines:
                    raise ValueError(
                        f"lines of rule '{rule.id}': '{line}' does not exist; known are {', '.join(lines)}"
                    )


def _tag(machine: Machine, name: str) -> Tag | None:
    return next((tag for tag in machine.tags if tag.name == name), None)


def _has_number(rule: Rule, name: str, watched: Sequence[Machine]) -> None:
    found = [(machine, tag) for machine in watched if (tag := _tag(machine, name))]
    _enough(rule, watched, [machine for machine, _ in found], f"has a tag '{name}'")
    if any(tag.type == "string" for _, tag in found):
        raise ValueError(f"tag of rule '{rule.id}': '{name}' is a text, this rule needs a number")


def _each(rule: Rule, watched: Sequence[Machine], role: Role) -> None:
    without = [machine.id for machine in watched if machine.tag_of(role) is None]
    if without:
        raise ValueError(
            f"rule '{rule.id}': machine '{without[0]}' has no tag with role '{role}', and nobody knows when it runs: "
            "add one, or name other 'machines'"
        )


def _enough(rule: Rule, watched: Sequence[Machine], able: Sequence[Machine], what: str) -> None:
    """Every machine that is named, or one of all."""
    missing = [machine.id for machine in watched if machine not in able]
    if rule.machines and missing:
        raise ValueError(f"rule '{rule.id}': machine '{missing[0]}' is named, but not one that {what}")
    if not able:
        raise ValueError(f"rule '{rule.id}': none of its machines {what}")


def _reads(rule: ExpressionRule, watched: Sequence[Machine]) -> None:
    condition = rule.condition
    if not condition.names:
        raise ValueError(f"rule '{rule.id}': 'if' reads no tag: name one")
    able = [machine for machine in watched if condition.names <= {spoken(tag.name) for tag in machine.tags}]
    names = ", ".join(sorted(condition.names))
    _enough(rule, watched, able, f"has all the tags {names} (a hyphen is written as an underscore)")
    for tag in (tag for machine in able for tag in machine.tags if spoken(tag.name) in condition.names):
        if tag.type == "string":
            raise ValueError(f"rule '{rule.id}': '{tag.name}' is a text: only numbers and the state are compared")
        if (tag.role is Role.STATE) != (spoken(tag.name) in condition.texts):
            cure = "write state == 'running'" if tag.role is Role.STATE else "it is a number, not a text"
            raise ValueError(f"rule '{rule.id}': '{tag.name}': {cure}")


def _longer_than_a_cycle(rule: CounterSilent, watched: Sequence[Machine]) -> None:
    for machine in watched:
        if rule.longer_than < 2 * machine.ideal_cycle:
            raise ValueError(
                f"rule '{rule.id}': longer_than ({rule.longer_than.total_seconds():g} s) is less than two ideal cycles "
                f"of machine '{machine.id}' ({machine.ideal_cycle.total_seconds():g} s a part): lengthen it"
            )
