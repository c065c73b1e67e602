"""A PLC with an OPC UA server of its own, for tests; it can be told to misbehave."""

import asyncio
import atexit
import logging
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from asyncua import ua
from asyncua.server.server import Server

from config.device import Tag
from config.opcua import OpcUaDevice
from contract.frame import decode
from contract.sample import Sample, from_us, to_us
from edge.buffer.batch import Batch, pack
from edge.channel import Channel
from edge.opcua.certificates import Certificates
from edge.opcua.security import Keys
from edge.opcua.source import OpcUaSource
from edge.report import Reports

URI = "urn:maker:press"
logging.getLogger("asyncua").setLevel(logging.CRITICAL)


@cache
def standard_nodes() -> Path:
    """Where asyncua keeps what every server has: it takes seconds to make, so the first PLC does it for all others."""
    folder = tempfile.mkdtemp(prefix="shopfloor-nodes-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder) / "nodes"


class Plc:
    """Variables s=NAME in namespace URI; `before` are other namespaces that come first, and shift its index."""

    def __init__(self, port: int, values: Mapping[str, Any], before: Sequence[str] = ()) -> None:
        self.port, self.url = port, f"opc.tcp://127.0.0.1:{port}/plc"
        self.values, self.before = dict(values), before
        self.server = Server()
        self.nodes: dict[str, ua.NodeId] = {}
        self.prepare: Callable[[Server], Awaitable[None]] | None = None

    async def start(self) -> "Plc":
        await self.server.init(standard_nodes())
        # asyncua looks for a file of exactly this name; its database may have put an ending of its own to it.
        standard_nodes().touch()
        self.server.set_endpoint(self.url)
        if self.prepare is not None:
            await self.prepare(self.server)
        else:
            self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        for uri in self.before:
            await self.server.register_namespace(uri)
        self.index = await self.server.register_namespace(URI)
        self.folder = await self.server.nodes.objects.add_object(ua.NodeId("Press", self.index), "Press")
        for name, value in self.values.items():
            await self.add(name, value)
        await self.server.start()
        return self

    async def add(self, name: str, value: Any) -> None:
        node = await self.folder.add_variable(ua.NodeId(name, self.index), name, value)
        self.nodes[name] = node.nodeid

    async def put(self, name: str, value: Any, at_us: int | None = None, status: int = 0) -> None:
        """Show a value with its source time; the server's time is now."""
        now = datetime.now(UTC)
        variant = value if isinstance(value, ua.Variant) else ua.Variant(value)
        answer = ua.DataValue(
            variant,
            StatusCode=ua.StatusCode(ua.UInt32(status)),
            SourceTimestamp=now if at_us is None else from_us(at_us),
            ServerTimestamp=now,
        )
        await self.server.write_attribute_value(self.nodes[name], answer)

    async def remember(self, name: str) -> None:
        """Keep the history of a variable, and let clients read it."""
        node = self.server.get_node(self.nodes[name])
        await self.server.historize_node_data_change(node, period=timedelta(hours=1))
        await node.write_attribute(ua.AttributeIds.Historizing, ua.DataValue(ua.Variant(True)))
        for bits in (ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel):
            await node.set_attr_bit(bits, ua.AccessLevel.HistoryRead)

    def fall_silent(self) -> None:
        """No subscription publishes any more; everything else is answered."""
        for subscription in self.server.iserver.subscription_service.subscriptions.values():
            if subscription._task is not None:
                subscription._task.cancel()

    async def stop(self) -> None:
        await asyncio.wait_for(self.server.stop(), 10)


class Reader:
    """The real source of one device, polled on schedule; what it sends is noted as the collector would unpack it."""

    def __init__(self, device: OpcUaDevice, tags: Sequence[Tag], keys: Keys | None = None) -> None:
        channels = [Channel("press-1", tag, timedelta(seconds=6)) for tag in tags]
        self.batches: list[Batch] = []
        keys = keys or Keys(Certificates(Path("nowhere")), {})
        self.source = OpcUaSource(device, channels, Reports(self.batches.append, 0), keys)
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Reader":
        self.task = asyncio.create_task(self._poll())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.wait([self.task])
        await self.source.stop()
        if not self.task.cancelled():
            self.task.result()

    async def _poll(self) -> None:
        while True:
            await self.source.poll()
            await asyncio.sleep(self.source.device.poll.total_seconds())

    @property
    def samples(self) -> list[Sample]:
        return [s for batch in self.batches for s in decode(pack([batch], "edge-1", 1, 1, 0)).samples()]

    def of(self, tag: str) -> list[Sample]:
        return [sample for sample in self.samples if sample.tag == tag]

    def changes(self, tag: str) -> list[float | str | None]:
        """The values in order, each once as long as it does not change."""
        values = [sample.value if sample.text is None else sample.text for sample in self.of(tag)]
        return [value for i, value in enumerate(values) if i == 0 or value != values[i - 1]]


def device(url: str, **more: Any) -> OpcUaDevice:
    quick = {"poll": "100ms", "heartbeat": "1s", "timeout": "3s"}
    return OpcUaDevice.model_validate({"id": "plc", "edge": "edge-1", "protocol": "opcua", "url": url, **quick, **more})


def tag(name: str, **more: Any) -> Tag:
    return Tag.model_validate({"name": name.lower(), "node": f"nsu={URI};s={name}", "type": "float64", **more})


def now_us() -> int:
    return to_us(datetime.now(UTC))
