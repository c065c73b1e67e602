"""One session with an OPC UA server, from connecting to its end; a new one after each loss, never the old one again."""

import asyncio
import logging
import socket
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from asyncua import ua

from config.opcua import OpcUaDevice
from edge.opcua.security import CarefulClient, Keys, secure

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
# The server drops a session of which it heard nothing for this long.
SESSION_MS = 60_000
TOO_MUCH = (
    ua.uaerrors.BadTooManyOperations,
    ua.uaerrors.BadResponseTooLarge,
    ua.uaerrors.BadRequestTooLarge,
    ua.uaerrors.BadEncodingLimitsExceeded,
)
# So many times the time-out of one request: every structure of the server is a request or two.
TYPES_PATIENCE = 10
Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Misunderstood(ua.UaError):  # type: ignore[misc]  # asyncua is a stranger to mypy
    """An answer that breaks the rules of OPC UA."""


class Link:
    """A client that is connected, what the server's namespaces are called now, and how much it takes at once."""

    def __init__(self, device: OpcUaDevice, keys: Keys) -> None:
        self.device, self.keys = device, keys
        self.seconds = device.timeout.total_seconds()
        self.client = self._client(self.seconds)
        self.namespaces: list[str] = []
        self.limits = dict.fromkeys(LIMITS, MOST_A_REQUEST)

    async def open(self) -> None:
        """Connect and learn what the server is like; one of TROUBLE when that fails."""
        await self._connect()
        kept_s = self.client.session_timeout / 1000
        if kept_s < 2 * self.seconds:
            # The server forgets a session sooner than we would ask again: a new client asks more often.
            log.info("session_timeout_revised", device=self.device.id, seconds=kept_s)
            await self.close()
            self.client = self._client(kept_s / 3)
            await self._connect()
        await self.learn_namespaces()
        ids = [ua.NodeId(ua.Int32(number)) for number in LIMITS.values()]
        answers = await self.read(ids)
        for name, answer in zip(LIMITS, answers, strict=True):
            most = answer.Value.Value if answer is not None and answer.Value is not None else None
            if isinstance(most, int) and most > 0:
                self.limits[name] = min(most, MOST_A_REQUEST)

    def _client(self, asks_every_s: float) -> CarefulClient:
        """asyncua asks the server for its state this often, which also keeps the session."""
        client = CarefulClient(self.device.url, timeout=self.seconds, watchdog_intervall=asks_every_s)
        client.name = client.description = "shopfloor edge"
        client.session_timeout = SESSION_MS
        return client

    async def _connect(self) -> None:
        try:
            await bounded(self._greet(), self.seconds * 3)
        except OSError as err:
            if err.errno is None and not isinstance(err, TimeoutError):
                raise  # words of our own
            unknown = ", a name that is not known here" if isinstance(err, socket.gaierror) else ""
            raise ConnectionError(f"no connection to {self.device.url}{unknown}") from err

    async def _greet(self) -> None:
        await secure(self.client, self.device, self.keys)
        await self.client.connect()

    async def learn_namespaces(self) -> None:
        """The namespace array as it is now: a restart may have put it in another order."""
        named = await bounded(self.client.get_namespace_array(), self.seconds)
        if not isinstance(named, list):
            raise Misunderstood(f"namespaces are no list but {named!r}"[:100])
        self.namespaces = named

    async def learn_types(self) -> bool:
        """The server's own structures become readable; False when its types cannot be understood."""
        try:
            await bounded(self.client.load_data_type_definitions(), self.seconds * TYPES_PATIENCE)
        except (TimeoutError, ua.UaError, RuntimeError) as err:
            # asyncua makes classes of what the server describes.
            log.warning("types_not_understood", device=self.device.id, reason=f"{type(err).__name__}: {err}"[:200])
            return False
        return True

    async def close(self) -> None:
        """End the session politely, and the connection in any case."""
        protocol = self.client.uaclient.protocol
        try:
            with suppress(*TROUBLE):
                await bounded(self.client.disconnect(), min(self.seconds, 2))
        finally:
            # A client that believes itself disconnected leaves its socket open.
            if protocol is not None and protocol.transport is not None:
                protocol.transport.abort()

    @property
    def cut_off(self) -> Exception | None:
        """Why the connection was ended from this side, None when it was not."""
        return self.client.chunks.trouble if self.client.chunks is not None else None

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
            question = self.client.uaclient.read_attributes(list(nodes), ua.AttributeIds.Value)
            found = await bounded(question, self.seconds)
        except (OSError, TimeoutError):
            raise
        except (ua.UaError, RuntimeError) as err:
            if isinstance(err, ua.UaStatusCodeError) and (len(nodes) == 1 or not isinstance(err, TOO_MUCH)):
                raise
            if len(nodes) == 1:
                return [None]
            half = len(nodes) // 2
            return [*await self._read(nodes[:half]), *await self._read(nodes[half:])]
        if len(found or ()) != len(nodes):
            raise Misunderstood(f"{len(found or ())} answers to {len(nodes)} questions")
        return list(found)


def quiet_library() -> None:
    """asyncua tells of each type that it makes and of each connection that it closes; what is wrong the agent tells."""
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)


async def bounded(work: Coroutine[Any, Any, Answer], seconds: float) -> Answer:
    """What asyncua makes of an answer; TimeoutError, or Misunderstood where its parser broke on it.

    A cancellation of ours ends it at once: asyncua swallows some that reach it.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not done:
        raise TimeoutError("no answer")
    try:
        return task.result()
    except TROUBLE:
        raise
    except Exception as err:
        # The parser raises whatever a strange answer makes it raise.
        raise Misunderstood(f"an answer that breaks OPC UA's rules: {type(err).__name__}: {err}") from err
