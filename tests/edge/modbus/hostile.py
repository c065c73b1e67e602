"""A Modbus device with moods: it answers as it should, or slowly, by halves, for another unit, with nonsense, or not.

A mood is asked for each request what to do; it writes to the connection itself. Registers hold their own address.
"""

import asyncio
import random
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Self


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    at: float
    transaction: int
    unit: int
    function: int
    first: int
    count: int

    def frame(self, pdu: bytes, unit: int | None = None, transaction: int | None = None) -> bytes:
        """An answer in Modbus TCP."""
        number = self.transaction if transaction is None else transaction
        return struct.pack(">HHHB", number, 0, len(pdu) + 1, self.unit if unit is None else unit) + pdu

    def pdu(self, add: int = 0) -> bytes:
        """What an honest device answers: each register holds its address, each odd bit is on."""
        places = range(self.first + add, self.first + add + self.count)
        if self.function in (3, 4):
            return struct.pack(
                f">BB{self.count}H", self.function, 2 * self.count, *(place & 0xFFFF for place in places)
            )
        bits = sum((place % 2) << i for i, place in enumerate(places))
        size = (self.count + 7) // 8
        return bytes([self.function, size]) + bits.to_bytes(size, "little")


Mood = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


async def honest(asked: Asked, to: asyncio.StreamWriter) -> None:
    """The answer."""
    to.write(asked.frame(asked.pdu()))


async def silent(asked: Asked, to: asyncio.StreamWriter) -> None:
    """Nothing at all."""


async def half(asked: Asked, to: asyncio.StreamWriter) -> None:
    """The first half of the answer, and then nothing."""
    answer = asked.frame(asked.pdu())
    to.write(answer[: len(answer) // 2])


async def cut(asked: Asked, to: asyncio.StreamWriter) -> None:
    """The first half of the answer, and then the connection is gone."""
    await half(asked, to)
    await to.drain()
    to.close()


async def wrong_unit(asked: Asked, to: asyncio.StreamWriter) -> None:
    """An answer in the name of another unit."""
    to.write(asked.frame(asked.pdu(add=7), unit=asked.unit % 247 + 1))


async def other_function(asked: Asked, to: asyncio.StreamWriter) -> None:
    """The answer to a question that nobody asked."""
    other = Asked(asked.at, asked.transaction, asked.unit, 7 - asked.function, asked.first, asked.count)
    to.write(asked.frame(other.pdu(add=7)))


async def too_few(asked: Asked, to: asyncio.StreamWriter) -> None:
    """A whole answer, with one register less than asked for."""
    less = Asked(asked.at, asked.transaction, asked.unit, asked.function, asked.first, asked.count - 1)
    to.write(asked.frame(less.pdu()))


async def garbage(asked: Asked, to: asyncio.StreamWriter) -> None:
    """Random bytes."""
    to.write(random.randbytes(random.randint(1, 300)))


async def flood(asked: Asked, to: asyncio.StreamWriter) -> None:
    """Random bytes for a second."""
    with suppress(OSError):
        for _ in range(100):
            to.write(random.randbytes(4_000))
            await to.drain()
            await asyncio.sleep(0.01)


async def drip(asked: Asked, to: asyncio.StreamWriter) -> None:
    """The right answer, a byte at a time and slowly."""
    with suppress(OSError):
        for byte in asked.frame(asked.pdu()):
            to.write(bytes([byte]))
            await to.drain()
            await asyncio.sleep(0.02)


def slow(seconds: float) -> Mood:
    """The right answer after a while, one after the other."""

    async def mood(asked: Asked, to: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await honest(asked, to)

    return mood


def late(seconds: float, add: int = 7) -> Mood:
    """An answer that comes when nobody waits for it any more, and meanwhile the next request is listened to."""

    async def mood(asked: Asked, to: asyncio.StreamWriter) -> None:
        def send() -> None:
            if not to.is_closing():
                to.write(asked.frame(asked.pdu(add)))

        asyncio.get_running_loop().call_later(seconds, send)

    return mood


def refuses(code: int) -> Mood:
    """An exception each time."""

    async def mood(asked: Asked, to: asyncio.StreamWriter) -> None:
        to.write(asked.frame(bytes([asked.function | 0x80, code])))

    return mood


def in_turn(*moods: Mood) -> Mood:
    """One mood after the other, and the last one for ever."""
    left = list(moods)

    async def mood(asked: Asked, to: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(asked, to)

    return mood


def by_unit(moods: dict[int, Mood]) -> Mood:
    """Each unit behind a gateway in a mood of its own."""

    async def mood(asked: Asked, to: asyncio.StreamWriter) -> None:
        await moods[asked.unit](asked, to)

    return mood


def cannot_read(*addresses: int, code: int = 2) -> Mood:
    """Refuses every request that touches one of these addresses."""

    async def mood(asked: Asked, to: asyncio.StreamWriter) -> None:
        bad = any(asked.first <= address < asked.first + asked.count for address in addresses)
        await (refuses(code) if bad else honest)(asked, to)

    return mood


def numbered(transaction: Callable[[int], int], mood: Mood = honest) -> Mood:
    """Answers with another transaction id than that of the request."""

    async def other(asked: Asked, to: asyncio.StreamWriter) -> None:
        await mood(replace(asked, transaction=transaction(asked.transaction)), to)

    return other


def answers_as(unit: int) -> Mood:
    """Answers in the name of one unit, whichever was asked."""

    async def mood(asked: Asked, to: asyncio.StreamWriter) -> None:
        to.write(asked.frame(asked.pdu(), unit=unit))

    return mood


def no_more_than(count: int, then: Mood) -> Mood:
    """Honest up to so many addresses in a request."""

    async def mood(asked: Asked, to: asyncio.StreamWriter) -> None:
        await (honest if asked.count <= count else then)(asked, to)

    return mood


async def twice(asked: Asked, to: asyncio.StreamWriter) -> None:
    """Each answer again a little later."""
    await honest(asked, to)
    await late(0.02, add=0)(asked, to)


@dataclass
class Plc:
    """A device on a port of loopback, what it was asked, and how often somebody connected."""

    port: int
    mood: Mood = honest
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.close()
        for writer in list(self.open):
            writer.close()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        with suppress(asyncio.IncompleteReadError, OSError):
            while not writer.is_closing():
                head = await reader.readexactly(7)
                transaction, _, length, unit = struct.unpack(">HHHB", head)
                pdu = await reader.readexactly(length - 1)
                function, first, count = struct.unpack(">BHH", pdu[:5])
                request = Asked(time.monotonic(), transaction, unit, function, first, count)
                self.asked.append(request)
                await self.mood(request, writer)
        self.open.discard(writer)
        writer.close()
