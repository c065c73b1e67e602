"""The network between the agent and an OPC UA server: it can be cut, and it has moods that any server may have.

A mood is asked for each message from the server; it writes to the agent itself. It understands what is not encrypted.
"""

import asyncio
import random
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from asyncua import ua
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary, struct_to_binary

HEAD = 24  # message header, channel, token, sequence number, request
ARRAY = 0x80  # in the byte that tells the type of a value
Content = Any


def content(message: bytes) -> Content | None:
    """The request or response, None where it is none, is cut into chunks, or cannot be understood."""
    if message[:4] != b"MSGF":
        return None
    body = ua.utils.Buffer(message[HEAD:])
    kind = ua.extension_objects_by_typeid.get(nodeid_from_binary(body.copy()))
    return kind and struct_from_binary(kind, body)


@dataclass(frozen=True)
class Answer:
    """A message from the server, and the request that it answers; both empty where nobody understands them."""

    message: bytes
    said: Content | None
    asked: Content | None

    def saying(self, said: Content) -> bytes:
        """The same message with another content."""
        body = struct_to_binary(said)
        return self.message[:4] + struct.pack("<I", HEAD + len(body)) + self.message[8:HEAD] + body

    def fault(self, code: int) -> bytes:
        """The request is refused as a whole."""
        fault = ua.ServiceFault()
        assert self.said is not None
        fault.ResponseHeader.RequestHandle = self.said.ResponseHeader.RequestHandle
        fault.ResponseHeader.ServiceResult = ua.StatusCode(ua.UInt32(code))
        return self.saying(fault)


Mood = Callable[[Answer, asyncio.StreamWriter], Awaitable[None]]


async def honest(answer: Answer, to: asyncio.StreamWriter) -> None:
    """What the server says."""
    to.write(answer.message)


async def silent(answer: Answer, to: asyncio.StreamWriter) -> None:
    """Nothing at all."""


async def half(answer: Answer, to: asyncio.StreamWriter) -> None:
    """The first half, and the next message goes on as if nothing had been."""
    to.write(answer.message[: len(answer.message) // 2])


async def cut(answer: Answer, to: asyncio.StreamWriter) -> None:
    """The first half, and then the connection is gone."""
    await half(answer, to)
    await to.drain()
    to.close()


async def garbage(answer: Answer, to: asyncio.StreamWriter) -> None:
    """Random bytes."""
    to.write(random.randbytes(random.randint(1, 300)))


async def babble(answer: Answer, to: asyncio.StreamWriter) -> None:
    """A message as it should be, but what it says is random."""
    known = HEAD + 4 + 20  # what kind of answer it is, to what, and that all is well
    message = answer.message
    if answer.said is not None and len(message) > known:
        message = message[:known] + random.randbytes(len(message) - known)
    to.write(message)


async def huge(answer: Answer, to: asyncio.StreamWriter) -> None:
    """The announcement of a message of two gigabytes, and as much of it as the agent takes within a second."""
    to.write(answer.message[:4] + struct.pack("<I", 2**31 - 1) + answer.message[8:HEAD])
    end = time.monotonic() + 1
    with suppress(OSError):
        while time.monotonic() < end and not to.is_closing():
            to.write(bytes(65_536))
            await to.drain()
            await asyncio.sleep(0.001)


async def too_few(answer: Answer, to: asyncio.StreamWriter) -> None:
    """One value less than was asked for."""
    if isinstance(answer.said, ua.ReadResponse):
        to.write(answer.saying(replace(answer.said, Results=answer.said.Results[:-1])))
    else:
        to.write(answer.message)


async def no_publish(answer: Answer, to: asyncio.StreamWriter) -> None:
    """Everything is answered, but no subscription publishes."""
    if not isinstance(answer.said, ua.PublishResponse):
        to.write(answer.message)


def slow(seconds: float) -> Mood:
    """The right answers, each after a while, one after the other."""

    async def mood(answer: Answer, to: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await honest(answer, to)

    return mood


def refuses(code: int, *kinds: type) -> Mood:
    """Requests of these kinds are refused."""

    async def mood(answer: Answer, to: asyncio.StreamWriter) -> None:
        to.write(answer.fault(code) if isinstance(answer.asked, kinds) else answer.message)

    return mood


def at_most(count: int) -> Mood:
    """Whoever asks for more at once than this is refused, and nobody was told."""

    async def mood(answer: Answer, to: asyncio.StreamWriter) -> None:
        asked, wanted = answer.asked, 0
        if isinstance(asked, ua.ReadRequest):
            wanted = len(asked.Parameters.NodesToRead)
        elif isinstance(asked, ua.CreateMonitoredItemsRequest):
            wanted = len(asked.Parameters.ItemsToCreate)
        code = int(ua.StatusCodes.BadTooManyOperations)
        to.write(answer.fault(code) if wanted > count else answer.message)

    return mood


def unreadable(name: str) -> Mood:
    """The value of one node is an array of two billion numbers that do not come, wherever it comes."""
    mark = ua.Variant(struct.unpack("<d", struct.pack("<ii", 2**31 - 1, 2**30))[0])
    known = struct_to_binary(ua.DataValue(mark))[1:]
    handles: set[int] = set()

    async def mood(answer: Answer, to: asyncio.StreamWriter) -> None:
        said, asked, message = answer.said, answer.asked, answer.message
        values: list[ua.DataValue] = []
        if isinstance(said, ua.ReadResponse) and isinstance(asked, ua.ReadRequest):
            nodes = [node.NodeId.Identifier for node in asked.Parameters.NodesToRead]
            values = [value for node, value in zip(nodes, said.Results, strict=True) if node == name]
        elif isinstance(asked, ua.CreateMonitoredItemsRequest):
            items = asked.Parameters.ItemsToCreate
            handles.update(
                i.RequestedParameters.ClientHandle for i in items if i.ItemToMonitor.NodeId.Identifier == name
            )
        elif isinstance(said, ua.PublishResponse):
            for told in said.Parameters.NotificationMessage.NotificationData or ():
                values += [item.Value for item in getattr(told, "MonitoredItems", ()) if item.ClientHandle in handles]
        if values:
            for value in values:
                value.Value = mark
            message = answer.saying(said).replace(known, bytes([known[0] | ARRAY]) + known[1:])
        to.write(message)

    return mood


def clock(ahead: timedelta) -> Mood:
    """The server's clock is wrong; so are its sources'."""

    def shift(value: ua.DataValue | None) -> ua.DataValue | None:
        if value is None:
            return None
        return replace(
            value,
            SourceTimestamp=value.SourceTimestamp and value.SourceTimestamp + ahead,
            ServerTimestamp=value.ServerTimestamp and value.ServerTimestamp + ahead,
        )

    async def mood(answer: Answer, to: asyncio.StreamWriter) -> None:
        said = answer.said
        if isinstance(said, ua.ReadResponse):
            said.Results = [shift(value) for value in said.Results]
        elif isinstance(said, ua.PublishResponse):
            message = said.Parameters.NotificationMessage
            message.PublishTime += ahead
            for notification in message.NotificationData or ():
                for item in getattr(notification, "MonitoredItems", ()):
                    item.Value = shift(item.Value)
        to.write(answer.message if said is None else answer.saying(said))

    return mood


class Wire:
    """A port of loopback that leads to a server's port; `reads` are when the agent asked for values."""

    def __init__(self, port: int, plc_port: int, mood: Mood = honest) -> None:
        self.port, self.plc_port, self.mood = port, plc_port, mood
        self.url = f"opc.tcp://127.0.0.1:{port}/plc"
        self.reads: list[float] = []
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.server: asyncio.Server | None = None

    async def mend(self) -> None:
        self.server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def cut(self) -> None:
        assert self.server is not None
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, here = await asyncio.open_connection("127.0.0.1", self.plc_port)
        self.writers += [writer, here]
        asked: dict[bytes, Content] = {}
        with suppress(OSError, asyncio.IncompleteReadError):
            await asyncio.gather(self._ask(reader, here, asked), self._answer(there, writer, asked))
        for end in (here, writer):
            end.close()

    async def _ask(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, asked: dict[bytes, Content]) -> None:
        while True:
            message = await _message(reader)
            request = content(message)
            if request is not None:
                asked[message[20:24]] = request
            if isinstance(request, ua.ReadRequest):
                self.reads.append(time.monotonic())
            to.write(message)

    async def _answer(
        self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, asked: dict[bytes, Content]
    ) -> None:
        skipped = 0
        while True:
            message = await _message(reader)
            if message[:3] == b"MSG":
                # A message that a mood keeps back has no number.
                number = struct.unpack_from("<I", message, 16)[0] - skipped
                message = message[:16] + struct.pack("<I", number) + message[20:]
            before = asked.pop(message[20:24], None)
            counted = _Counting(to)
            await self.mood(Answer(message, content(message), before), counted)  # type: ignore[arg-type]
            skipped += not counted.written and message[:3] == b"MSG"


class _Counting:
    """A writer that knows whether anything was written."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer, self.written = writer, 0

    def write(self, data: bytes) -> None:
        self.written += len(data)
        self.writer.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.writer, name)


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(8)
    return head + await reader.readexactly(struct.unpack_from("<I", head, 4)[0] - 8)
