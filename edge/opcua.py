"""OPC UA → readings with the source's own times and status codes. Reads only."""

import asyncio
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import structlog
from asyncua import Client, Node, ua

from config.device import OpcUaDevice
from contract.sample import Quality, to_us
from edge.channel import Channel, Ints
from edge.clock import now_us
from edge.source import Send, Source

log = structlog.get_logger()
RECONNECT_S = 1.0
# Trouble on the wire or in the session: a new client is built. Everything else is a mistake of ours.
TROUBLE = (OSError, TimeoutError, asyncio.IncompleteReadError, ua.UaError, ConnectionError, RuntimeError)
SIMULATED = 0x42090000
UNKNOWN_NODE = ua.NodeId(0, 0)


class OpcUaSource:
    """One server: reads all its tags in one call a poll; a new client after each loss."""

    def __init__(self, device: OpcUaDevice, channels: Sequence[Channel], send: Send) -> None:
        self.source = Source(device, channels, send)
        self.device, self.channels = device, channels
        self.client: Client | None = None
        self.nodes: list[Node] = []
        self.last_try = -RECONNECT_S
        self.told: set[str] = set()
        # When the value of each channel last changed by the source's clock, and the time of its newest sample.
        self.changed_us = np.zeros(len(channels), np.int64)
        self.sample_us = np.zeros(len(channels), np.int64)

    async def poll(self) -> None:
        """Read everything once and report it."""
        seconds = self.device.timeout.total_seconds()
        try:
            if self.client is None:
                await self._connect(seconds)
            assert self.client is not None  # noqa: S101  - connected just now
            answers = await asyncio.wait_for(self.client.read_attributes(self.nodes), seconds)
        except TROUBLE as err:
            self.source.lost(type(err).__name__ if str(err) == "" else str(err).splitlines()[0][:120], now_us())
            await self._disconnect()
            return
        edge_us = now_us()
        raw = np.array([self._raw(i, answer) for i, answer in enumerate(answers)], np.float64)
        quality = np.array([quality_of(_code(answer)) for answer in answers], np.int64)
        self._complain(answers)
        self.source.report(raw, quality, edge_us, self._source_times(answers, edge_us))

    def close(self) -> None:
        """Forget the client; its connection ends with the agent."""
        self.client = None

    async def stop(self) -> None:
        """Close the session politely."""
        await self._disconnect()

    async def _connect(self, seconds: float) -> None:
        if time.monotonic() - self.last_try < RECONNECT_S:
            raise ConnectionError("no connection")
        self.last_try = time.monotonic()
        client = Client(self.device.url, timeout=seconds)
        self.client = client
        await asyncio.wait_for(client.connect(), seconds * 3)
        uris = await client.get_namespace_array()
        self.nodes = [client.get_node(self._node_id(channel.tag.node or "", uris)) for channel in self.channels]
        self.told.clear()

    async def _disconnect(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            try:
                await asyncio.wait_for(client.disconnect(), 2)
            except TROUBLE:
                log.debug("disconnect_failed", device=self.device.id)

    def _raw(self, i: int, answer: ua.DataValue) -> float:
        if self.channels[i].tag.type != "string":
            return _number(answer)
        text = answer.Value.Value if answer.Value is not None else None
        return self.source.texts.number(text) if isinstance(text, str) else math.nan

    def _node_id(self, text: str, uris: Sequence[str]) -> ua.NodeId:
        """The node in the server's present numbering, or one that does not exist, so that only this tag is BAD."""
        try:
            if text.startswith("nsu="):
                uri, _, rest = text.removeprefix("nsu=").partition(";")
                return ua.NodeId.from_string(f"ns={uris.index(uri)};{rest}")
            return ua.NodeId.from_string(text)
        except (ValueError, ua.UaError):
            log.warning("unknown_node", device=self.device.id, node=text, namespaces=list(uris))
            return UNKNOWN_NODE

    def _source_times(self, answers: Sequence[ua.DataValue], edge_us: int) -> Ints:
        """When the source says that it was so.

        A change has its source time. A value that is only confirmed keeps an old source time by the standard,
        but what we know is that it holds now: then the server's time counts, or ours. No series runs backwards.
        """
        source = np.array([_us(answer.SourceTimestamp, edge_us) for answer in answers], np.int64)
        server = np.array([_us(answer.ServerTimestamp, edge_us) for answer in answers], np.int64)
        confirmed = source == self.changed_us
        # A server that repeats the time of the last write says nothing about now.
        now = np.where(server > source, server, edge_us)
        times = np.where(confirmed, now, source)
        self.changed_us = source
        self.sample_us = np.maximum(times, self.sample_us + 1)
        return self.sample_us

    def _complain(self, answers: Sequence[ua.DataValue]) -> None:
        for channel, answer in zip(self.channels, answers, strict=True):
            code = _code(answer)
            if quality_of(code) is Quality.BAD and channel.series not in self.told:
                self.told.add(channel.series)
                status = ua.StatusCode(code)
                log.warning("bad_value", machine=channel.machine, tag=channel.tag.name, status=status.name)


def quality_of(code: int) -> Quality:
    """The two severity bits; a simulated value is never good enough for a KPI."""
    if code & 0xFFFF0000 == SIMULATED:
        return Quality.BAD
    return (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD, Quality.BAD)[code >> 30]


def _code(answer: ua.DataValue) -> int:
    return int(answer.StatusCode.value) if answer.StatusCode is not None else 0


def _number(answer: ua.DataValue) -> float:
    """The value as a number, nan when it is none."""
    value = answer.Value.Value if answer.Value is not None else None
    return float(value) if isinstance(value, bool | int | float) else math.nan


def _us(instant: object, otherwise: int) -> int:
    """Microseconds of a time stamp, which OPC UA gives in UTC without saying so."""
    if not isinstance(instant, datetime) or instant.year < 1971:
        return otherwise
    return to_us(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
