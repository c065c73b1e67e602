"""The plant file → what each tag of a machine is and where it comes from. Pure."""

from config.device import Machine, Role, Tag
from config.plant import Plant
from mes.values.models import TagSource
from mes.web.problems import mistake

# What is told in runs: between two codes there is nothing.
CODES = frozenset({Role.STATE, Role.PRODUCT, Role.ORDER, Role.ALARM_WORD})


def in_runs(tag: Tag) -> bool:
    """True where values are names of something, not quantities."""
    return tag.role in CODES or tag.type in ("bool", "string")


def sources(plant: Plant, machine: Machine) -> list[TagSource]:
    """The tags of a machine in the order of the plant file."""
    device = plant.device(machine.device)
    return [
        TagSource(
            name=tag.name,
            role=tag.role.value,
            unit=tag.unit,
            type=tag.type,
            device=device.id,
            edge=device.edge,
            protocol=device.protocol,
            address=_address(tag),
            made_of=sorted({name for rule in tag.when for name in rule.condition.names}),
        )
        for tag in machine.tags
    ]


def chosen(machine: Machine, names: list[str]) -> list[Tag]:
    """The tags with these names, each once; a Problem 422 for one that the machine does not have."""
    by_name = {tag.name: tag for tag in machine.tags}
    for name in names:
        if name not in by_name:
            known = ", ".join(by_name)
            raise mistake("query.tag", f"'{machine.id}' has no tag '{name}': its tags are {known}.")
    return [by_name[name] for name in dict.fromkeys(names)]


def _address(tag: Tag) -> str | None:
    if tag.made:
        return None
    if tag.node is not None:
        return f"{tag.node}{tag.path}"
    bit = "" if tag.bit is None else f" bit {tag.bit}"
    return f"{tag.table} {tag.register_}{bit}"
