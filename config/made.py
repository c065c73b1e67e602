"""Do tags that belong together fit: states with the tags that they are made of, a cycle time with its counter?"""

from collections.abc import Iterable
from datetime import timedelta

from config.device import Device, Machine, Role, Tag
from config.expression import spoken


def inputs_of(tag: Tag, tags: Iterable[Tag]) -> list[Tag]:
    """The tags that a tag is made of, in the order in which they stand in the plant file; none when it is read."""
    names = {name for rule in tag.when for name in rule.condition.names}
    return [other for other in tags if spoken(other.name) in names]


def pace_of(tag: Tag, tags: Iterable[Tag], device: Device) -> timedelta:
    """How often a tag is read, or the tags are that it is made of."""
    asked = inputs_of(tag, tags)[0] if tag.made else tag
    return asked.poll or device.poll


def tags_together_fit(machine: Machine, device: Device) -> None:
    """ValueError that names the tag, its machine and the cure."""
    cycle_time = machine.tag_of(Role.CYCLE_TIME)
    if cycle_time is not None:
        counter = machine.tag_of(Role.TOTAL_COUNT) or machine.tag_of(Role.GOOD_COUNT)
        if counter is None or (counter.poll or device.poll) != (cycle_time.poll or device.poll):
            raise ValueError(
                f"tag '{cycle_time.name}' of machine '{machine.id}': a cycle time is that of the part that was counted "
                "last: it needs a total_count or good_count that is read with the same 'poll'"
            )
    for tag in machine.tags:
        where = f"tag '{tag.name}' of machine '{machine.id}'"
        if tag.made:
            _inputs_fit(where, tag, machine, device)
        if tag.hold:
            _hold_fits(where, tag.hold, pace_of(tag, machine.tags, device), machine.no_data_after)


def _inputs_fit(where: str, tag: Tag, machine: Machine, device: Device) -> None:
    known: dict[str, Tag] = {}
    for other in (other for other in machine.read_tags if other.role is not Role.STATE):
        first = known.setdefault(spoken(other.name), other)
        if first is not other:
            raise ValueError(f"{where}: '{spoken(other.name)}' may be '{first.name}' or '{other.name}': rename one")
    for rule in tag.when:
        for name in sorted(rule.condition.names):
            if name not in known:
                raise ValueError(
                    f"{where}: '{rule.condition.text}': there is no tag '{name}' that is read; "
                    f"known are {', '.join(sorted(known)) or 'none'} (a hyphen is written as an underscore)"
                )
            if (name in rule.condition.texts) != (known[name].type == "string"):
                is_one = "is a text: compare it with one" if known[name].type == "string" else "is a number, not a text"
                raise ValueError(f"{where}: '{rule.condition.text}': '{known[name].name}' {is_one}")
    inputs = inputs_of(tag, machine.tags)
    if not inputs:
        raise ValueError(f"{where}: is made of no tag: name one in a condition")
    if len({other.poll or device.poll for other in inputs}) > 1:
        raise ValueError(f"{where}: is made of tags that are read at different paces: give them the same 'poll'")


def _hold_fits(where: str, hold: timedelta, pace: timedelta, no_data_after: timedelta) -> None:
    if hold < pace:
        raise ValueError(
            f"{where}: hold ({hold.total_seconds():g} s) is shorter than one poll ({pace.total_seconds():g} s) "
            "and would do nothing: lengthen hold, or poll more often"
        )
    if hold + pace > no_data_after / 2:
        raise ValueError(
            f"{where}: hold ({hold.total_seconds():g} s) and a poll together are longer than half of no_data_after "
            f"({no_data_after.total_seconds():g} s), and the machine would fall silent meanwhile: shorten hold, "
            "or lengthen no_data_after"
        )
