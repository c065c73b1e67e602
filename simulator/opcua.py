"""Raw numbers → nodes of one real OPC UA server; SourceTimestamp is the moment of the change."""

import asyncio
import logging
import re
from collections.abc import Sequence
from datetime import UTC, timedelta

from asyncua import ua
from asyncua.server.server import Server
from asyncua.ua.uaerrors import UaStatusCodeError

from config.device import Tag
from config.opcua import OpcUaDevice
from runtime.settings import BadSetting
from simulator.panel import Panel, Raw

NAMESPACE = "urn:shopfloor:simulator"
# Its warnings say that nothing is signed or encrypted, which is meant: these PLCs exist on one machine only.
logging.getLogger("asyncua.server.server").setLevel(logging.ERROR)
EPOCH = ua.DateTime(1970, 1, 1, tzinfo=UTC)
VARIANT = {
    "bool": ua.VariantType.Boolean,
    "int16": ua.VariantType.Int16,
    "uint16": ua.VariantType.UInt16,
    "int32": ua.VariantType.Int32,
    "uint32": ua.VariantType.UInt32,
    "int64": ua.VariantType.Int64,
    "uint64": ua.VariantType.UInt64,
    "float32": ua.VariantType.Float,
    "float64": ua.VariantType.Double,
    "string": ua.VariantType.String,
}


class OpcUaPort:
    """All machines behind one URL."""

    def __init__(self, devices: Sequence[OpcUaDevice], panels: Sequence[Panel]) -> None:
        self.devices = devices
        self._panels = panels
        self._server: Server | None = None
        self._nodes: dict[tuple[str, str], ua.NodeId] = {}

    async def start(self) -> None:
        """Build the address space and serve, or OSError when the port cannot be had."""
        server = Server()
        await server.init()
        server.set_endpoint(self.devices[0].url)
        server.set_server_name("Simulated PLC")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        own = await server.register_namespace(NAMESPACE)
        for panel in self._panels:
            folder = await server.nodes.objects.add_object(own, panel.machine.id)
            for tag in panel.config.read_tags:
                node_id = await _node_id(server, tag.node or "", self.devices[0].id)
                value, kind = _value(tag, panel.raw(tag)), VARIANT[tag.type]
                try:
                    await folder.add_variable(node_id, ua.QualifiedName(tag.name, own), value, kind)
                except UaStatusCodeError as err:
                    place = f"device {self.devices[0].id}: node {tag.node!r} of {panel.machine.id}/{tag.name}"
                    raise BadSetting(f"{place} cannot be served ({err}): give each tag a node of its own") from err
                self._nodes[panel.machine.id, tag.name] = node_id
        await server.start()
        self._server = server

    async def stop(self) -> None:
        """Close the port; clients that do not let go are left behind."""
        if self._server is not None:
            async with asyncio.timeout(2):
                await self._server.stop()

    async def put(self, machine_id: str, tag: Tag, raw: Raw, at_us: int) -> None:
        """Show this number from now on; subscribers are told."""
        if self._server is None:
            return
        at = EPOCH + timedelta(microseconds=at_us)
        variant = ua.Variant(_value(tag, raw), VARIANT[tag.type])
        value = ua.DataValue(variant, SourceTimestamp=at, ServerTimestamp=at)
        await self._server.write_attribute_value(self._nodes[machine_id, tag.name], value)


def _value(tag: Tag, raw: Raw) -> bool | int | float | str:
    if tag.type == "bool":
        return bool(raw)
    if tag.type == "string":
        return str(raw)
    return float(raw) if tag.type.startswith("float") else int(raw)


async def _node_id(server: Server, text: str, device: str) -> ua.NodeId:
    """'nsu=uri;s=name' or 'ns=2;s=name' → node id on this server, whose namespaces grow as needed."""
    match = re.fullmatch(r"(?:nsu=(?P<uri>[^;]+);|ns=(?P<index>\d+);)?(?P<rest>[isgb]=.+)", text)
    if match is None:
        raise BadSetting(
            f"device {device}: node {text!r} is not a node id: write it as 'nsu=urn:maker:plc;s=Press.State'"
        )
    index = int(match["index"] or 0)
    if match["uri"]:
        index = await server.register_namespace(match["uri"])
    while len(await server.get_namespace_array()) <= index:
        await server.register_namespace(f"{NAMESPACE}:{len(await server.get_namespace_array())}")
    return ua.NodeId.from_string(f"ns={index};{match['rest']}")
