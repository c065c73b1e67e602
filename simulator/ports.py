"""Plant file → the real servers of all its PLCs, and which of them shows a machine."""

import asyncio
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlsplit

from config.device import ModbusDevice, Tag
from config.opcua import AnyDevice, OpcUaDevice
from config.plant import Plant
from runtime.settings import BadSetting
from simulator.modbus import ModbusPort
from simulator.opcua import OpcUaPort
from simulator.panel import Panel, Raw


class Port(Protocol):
    """A server of one or more PLCs."""

    @property
    def devices(self) -> Sequence[AnyDevice]:
        """The PLCs, one at least."""

    async def start(self) -> None:
        """Begin to answer."""

    async def stop(self) -> None:
        """Close."""

    async def put(self, machine_id: str, tag: Tag, raw: Raw, at_us: int) -> None:
        """Show a number from now on."""


class Ports:
    """Every PLC of the plant on the wire."""

    def __init__(self, plant: Plant, panels: Mapping[str, Panel]) -> None:
        self._panels = panels
        self._ports: list[Port] = []
        self._port_of: dict[str, Port] = {}
        self._shown: dict[tuple[str, str], Raw] = {}
        modbus: dict[tuple[str, int], list[ModbusDevice]] = {}
        opcua: dict[str, list[OpcUaDevice]] = {}
        for device in plant.devices:
            if isinstance(device, ModbusDevice):
                if device.transport == "serial":
                    raise BadSetting(
                        f"device {device.id}: the simulator serves no serial line: "
                        "give it transport 'tcp' or 'rtu-over-tcp' in the plant file that you simulate"
                    )
                modbus.setdefault((device.host, device.port), []).append(device)
            else:
                opcua.setdefault(device.url, []).append(device)
        for group in modbus.values():
            self._add(ModbusPort(group, self._behind(group)))
        for urls in opcua.values():
            self._add(OpcUaPort(urls, self._behind(urls)))

    def _behind(self, devices: Iterable[AnyDevice]) -> list[Panel]:
        ids = {device.id for device in devices}
        return [panel for panel in self._panels.values() if panel.device in ids]

    def _add(self, port: Port) -> None:
        self._ports.append(port)
        for panel in self._behind(port.devices):
            self._port_of[panel.machine.id] = port

    def check(self) -> None:
        """Every address is free, or BadSetting with one line that names the device and the address."""
        for port in self._ports:
            try:
                _try_address(port.devices[0])
            except OSError as err:
                raise _refused(port, err) from err

    async def start(self, at_us: int) -> None:
        """All servers answer, with what the panels show now."""
        for port in self._ports:
            try:
                await port.start()
            except (OSError, RuntimeError) as err:
                raise _refused(port, err) from err
        for panel in self._panels.values():
            await self.show(panel, panel.config.read_tags, at_us)

    async def stop(self) -> None:
        """No server answers any more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await asyncio.gather(*(port.stop() for port in self._ports), return_exceptions=True)

    async def show(self, panel: Panel, tags: Iterable[Tag], at_us: int) -> None:
        """Put the numbers that have changed on the wire."""
        machine_id = panel.machine.id
        for tag in tags:
            raw, key = panel.raw(tag), (machine_id, tag.name)
            if self._shown.get(key) != raw:
                self._shown[key] = raw
                await self._port_of[machine_id].put(machine_id, tag, raw, at_us)


def address_of(device: AnyDevice) -> tuple[str, int]:
    """Host and port of a device."""
    if isinstance(device, ModbusDevice):
        return device.host, device.port
    parts = urlsplit(device.url)
    return parts.hostname or "", parts.port or 4840


def _try_address(device: AnyDevice) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(*address_of(device), type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _refused(port: Port, err: Exception) -> BadSetting:
    host, number = address_of(port.devices[0])
    reason = (err.strerror if isinstance(err, OSError) else None) or str(err)
    return BadSetting(
        f"device {port.devices[0].id}: {host}:{number} cannot be served ({reason}): "
        "stop what uses it, or give the device another address in the plant file"
    )
