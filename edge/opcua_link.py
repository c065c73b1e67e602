"""One session with an OPC UA server, from connecting to its end; a new one after each loss, never the old one again."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog
from asyncua import Client, ua

from config.device import OpcUaDevice

log = structlog.get_logger()
# What one request may ask for where the server names no limit of its own.
MOST_A_REQUEST = 1_000
LIMITS = {
    "read": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    "monitor": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
    "browse": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
    "history": ua.ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData,
}
# Trouble on the wire or in the session: a new client is built. Everything else is a mistake of ours.
TROUBLE = (OSError, TimeoutError, asyncio.IncompleteReadError, ua.UaError, ConnectionError, RuntimeError)
TOO_MUCH = (
    ua.uaerrors.BadTooManyOperations,
    ua.uaerrors.BadResponseTooLarge,
    ua.uaerrors.BadRequestTooLarge,
    ua.uaerrors.BadEncodingLimitsExceeded,
)
Item = TypeVar("Item")


class Link:
    """A client that is connected, what the server's namespaces are called now, and how much it takes at once."""

    def __init__(self, device: OpcUaDevice) -> None:
        self.device = device
        self.seconds = device.timeout.total_seconds()
        # asyncua asks the server for its state this often, which also keeps the session; it gives up on it, not we.
        self.client = Client(device.url, timeout=self.seconds, watchdog_intervall=self.seconds)
        self.namespaces: list[str] = []
        self.limits = dict.fromkeys(LIMITS, MOST_A_REQUEST)

    async def open(self) -> None:
        """Connect and learn what the server is like; one of TROUBLE when that fails."""
        await asyncio.wait_for(self.client.connect(), self.seconds * 3)
        await self.learn_namespaces()
        ids = [ua.NodeId(ua.Int32(number)) for number in LIMITS.values()]
        answers = await self.client.uaclient.read_attributes(ids, ua.AttributeIds.Value)
        for name, answer in zip(LIMITS, answers, strict=True):
            most = answer.Value.Value if answer.Value is not None else None
            if isinstance(most, int) and most > 0:
                self.limits[name] = min(most, MOST_A_REQUEST)

    async def learn_namespaces(self) -> None:
        """The namespace array as it is now: a restart may have put it in another order."""
        self.namespaces = list(await self.client.get_namespace_array())

    async def close(self) -> None:
        """End the session politely, and the connection in any case."""
        protocol = self.client.uaclient.protocol
        with suppress(*TROUBLE):
            await asyncio.wait_for(self.client.disconnect(), min(self.seconds, 2))
        # A client that believes itself disconnected leaves its socket open.
        if protocol is not None and protocol.transport is not None:
            protocol.transport.abort()

    def node_id(self, text: str) -> ua.NodeId | None:
        """The node in the server's present numbering, None when it cannot be there."""
        try:
            if text.startswith("nsu="):
                uri, _, rest = text.removeprefix("nsu=").partition(";")
                return ua.NodeId.from_string(f"ns={self.namespaces.index(uri)};{rest}")
            return ua.NodeId.from_string(text)
        except (ValueError, ua.UaError):
            return None

    def portions(self, what: str, items: Sequence[Item]) -> Iterable[Sequence[Item]]:
        """As many at once as the server takes in one request of this kind."""
        most = self.limits[what]
        for start in range(0, len(items), most):
            yield items[start : start + most]

    async def read(self, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue | None]:
        """The values of nodes, None where an answer could not be understood."""
        answers: list[ua.DataValue | None] = []
        for some in self.portions("read", nodes):
            answers += await self._read(some)
        return answers

    async def _read(self, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue | None]:
        """One answer that breaks the parser must not take the others with it: it is found by halves."""
        try:
            found = await asyncio.wait_for(
                self.client.uaclient.read_attributes(list(nodes), ua.AttributeIds.Value), self.seconds
            )
        except (OSError, TimeoutError):
            raise
        except Exception as err:
            # The parser raises whatever a strange answer makes it raise.
            if isinstance(err, ua.UaStatusCodeError) and (len(nodes) == 1 or not isinstance(err, TOO_MUCH)):
                raise
            if len(nodes) == 1:
                return [None]
            half = len(nodes) // 2
            return [*await self._read(nodes[:half]), *await self._read(nodes[half:])]
        if len(found) != len(nodes):
            raise ua.UaError(f"{len(found)} answers to {len(nodes)} questions")
        return list(found)
