"""What is right in a plant file and yet seldom meant: `shopfloor check` asks a person to look at it. Pure."""

from config.device import ModbusDevice
from config.modbus import as_in_manuals
from config.plant import Plant


def hints(plant: Plant) -> list[str]:
    """A line each, with its place and what to write."""
    return [*addresses_of_manuals(plant), *namespaces_by_number(plant)]


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
