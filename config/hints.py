"""What is right in a plant file and yet seldom meant: `shopfloor check` asks a person to look at it. Pure."""

from collections.abc import Sequence

from config.clock_time import inside
from config.device import ModbusDevice, Role
from config.modbus import as_in_manuals
from config.plant import Plant

# Types whose counters come to their end in a day or two.
SHORT = ("int16", "uint16")


def hints(plant: Plant) -> list[str]:
    """A line each, with its place and what to write."""
    checks = (
        machines_without_tags,
        machines_without_state,
        breaks_partly_outside,
        addresses_of_manuals,
        namespaces_by_number,
        nodes_without_namespace,
        nodes_that_end_with_a_blank,
        short_counters,
        plain_counters,
    )
    return [hint for check in checks for hint in check(plant)]


def machines_without_tags(plant: Plant) -> list[str]:
    """Machines of which nothing is read yet."""
    return [
        f"machine '{machine.id}' has no tags yet, so nothing is read of it and it shows NO DATA: 'shopfloor browse' or "
        "'scan' lists what its device has, and 'shopfloor tags import' puts that here"
        for machine in plant.machines
        if not machine.tags
    ]


def machines_without_state(plant: Plant) -> list[str]:
    """Machines that can never be anything but NO DATA."""
    return [
        f"machine '{machine.id}' has no tag with role 'state', so it shows NO DATA for ever and has no availability: "
        "add one, by a code ('states') or made of other tags ('when', 'profile'), see docs/signals.md"
        for machine in plant.machines
        if machine.tags and machine.tag_of(Role.STATE) is None
    ]


def breaks_partly_outside(plant: Plant) -> list[str]:
    """Breaks of which only a part lies in their shift."""
    found = []
    for shift in plant.site.shifts:
        for pause in shift.breaks:
            within, length = inside((shift.starts, shift.ends), (pause.starts, pause.ends))
            if within < length:
                found.append(
                    f"shift '{shift.id}': of the break from {pause.starts:%H:%M} to {pause.ends:%H:%M} only "
                    f"{within.total_seconds() / 60:g} of {length.total_seconds() / 60:g} minutes lie in the shift, "
                    f"{shift.starts:%H:%M} to {shift.ends:%H:%M}: only they are no planned time"
                )
    return found


def addresses_of_manuals(plant: Plant) -> list[str]:
    """Registers such as 40101, which in a manual is holding register 100."""
    found = []
    for machine in plant.machines:
        device = plant.device(machine.device)
        if not isinstance(device, ModbusDevice) or device.plain_addresses:
            continue
        for tag in machine.read_tags:
            hint = as_in_manuals(tag.register_ or 0, tag.table)
            if hint:
                found.append(
                    f"tag '{tag.name}' of machine '{machine.id}': register {tag.register_} of table '{tag.table}': "
                    f"{hint}; if {tag.register_} is the address itself, 'plain_addresses: true' for device "
                    f"'{device.id}' says so"
                )
    return found


def namespaces_by_number(plant: Plant) -> list[str]:
    """OPC UA devices with nodes such as ns=2;s=State: a restart may number namespaces anew."""
    named: dict[str, list[str]] = {}
    for machine in plant.machines:
        numbered = [tag.name for tag in machine.read_tags if (tag.node or "").startswith("ns=")]
        named.setdefault(machine.device, []).extend(numbered)
    return [
        f"device '{device}': {len(tags)} tags, such as '{tags[0]}', name their namespace by a number (ns=), which may "
        "be another after the server was changed: 'nsu=' and its URI stay right, as 'shopfloor browse' writes it"
        for device, tags in named.items()
        if tags
    ]


def nodes_without_namespace(plant: Plant) -> list[str]:
    """Nodes such as s=State: no namespace is OPC UA's own, whose nodes have numbers."""
    return [
        f"tag '{tag.name}' of machine '{machine.id}': node '{tag.node}' names no namespace, so it is one of OPC UA "
        "itself, which has numbers only: write 'nsu=' and the URI of the PLC's before it, as 'shopfloor browse' does"
        for machine in plant.machines
        for tag in machine.read_tags
        if (tag.node or "").startswith(("s=", "g=", "b="))
    ]


def nodes_that_end_with_a_blank(plant: Plant) -> list[str]:
    """Node ids whose last character nobody sees."""
    return [
        f"tag '{tag.name}' of machine '{machine.id}': node '{tag.node}' ends with a blank: remove it, unless "
        "'shopfloor browse' shows the node so"
        for machine in plant.machines
        for tag in machine.read_tags
        if tag.node and tag.node[-1].isspace()
    ]


def short_counters(plant: Plant) -> list[str]:
    """Counters of 16 bits of which it is not said that they begin again at 0."""
    short = [
        f"{machine.id}/{tag.name}"
        for machine in plant.machines
        for tag in machine.tags
        if tag.is_counter and tag.type in SHORT and tag.wraps_at is None
    ]
    return [
        f"counters of 16 bits ({_some(short)}) have no 'wraps_at': where one goes on at 0 after its highest count, "
        "write 'wraps_at: 65536', or what it counts to; without it a fall is a reset, and what was before it uncertain"
    ] * bool(short)


def plain_counters(plant: Plant) -> list[str]:
    """Counters of which nothing is said that would tell a wrong reading from a count."""
    plain = [
        f"{machine.id}/{tag.name}"
        for machine in plant.machines
        for tag in machine.tags
        if tag.is_counter and not tag.invalid and tag.max is None and tag.max_rate is None
    ]
    return [
        f"counters ({_some(plain)}) have neither 'invalid', 'max' nor 'max_rate': where the PLC or a gateway shows a "
        "number such as 65535 while it has none, name it in 'invalid'; with 'max_rate', the parts per second that the "
        "machine can never exceed, less is believed than max_rate_factor times its ideal rate"
    ] * bool(plain)


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
