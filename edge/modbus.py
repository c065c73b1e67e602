"""Modbus TCP → readings. Only the four read functions are ever called."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from config.device import ModbusDevice
from contract.sample import Quality
from edge.channel import Channel, Floats, Ints
from edge.clock import now_us
from edge.decode import Decoder, Words
from edge.read_plan import Request, halves, plan
from edge.source import Send, Source
from edge.words import HoldingWords, InputWords

log = structlog.get_logger()
RETRY_UNREADABLE_S = 60.0
RECONNECT_S = 1.0
# Codes that speak of the address and not of the device: illegal function, address, value.
ABOUT_THE_ADDRESS = frozenset({1, 2, 3})


class NoAnswer(Exception):
    """The device did not answer, or answered that it cannot; the text says which."""


@dataclass
class Connection:
    """One TCP connection; the units behind one gateway share it and take turns."""

    host: str
    port: int
    timeout: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    client: AsyncModbusTcpClient | None = None
    last_try: float = -RECONNECT_S

    async def ready(self) -> AsyncModbusTcpClient:
        """A connected client, or NoAnswer; tried at most once a second."""
        if self.client is not None and self.client.connected:
            return self.client
        if time.monotonic() - self.last_try < RECONNECT_S:
            raise NoAnswer("no connection")
        self.last_try = time.monotonic()
        self.close()
        self.client = AsyncModbusTcpClient(
            self.host,
            port=self.port,
            timeout=self.timeout,
            retries=0,
            reconnect_delay=0,
            name=f"{self.host}:{self.port}",
        )
        for answer in (HoldingWords, InputWords):
            self.client.register(answer)
        if not await self.client.connect():
            raise NoAnswer("no connection")
        return self.client

    def close(self) -> None:
        """Close it; the next poll opens a new one."""
        if self.client is not None:
            self.client.close()
            self.client = None


@dataclass(frozen=True, slots=True)
class Part:
    """One request of the plan, with what its answer means."""

    request: Request
    decoder: Decoder
    places: Ints


class ModbusSource:
    """One device: polls its plan, isolates addresses that cannot be read, and tries them again each minute."""

    def __init__(self, device: ModbusDevice, channels: Sequence[Channel], connection: Connection, send: Send) -> None:
        self.source = Source(device, channels, send)
        self.device, self.channels, self.connection = device, channels, connection
        self.unreadable: set[int] = set()
        self.retry_at = 0.0
        self._make_plan()

    async def poll(self) -> None:
        """Read everything once and report it."""
        if self.unreadable and time.monotonic() >= self.retry_at:
            self.unreadable.clear()
            self._make_plan()
        count = len(self.channels)
        raw, quality = np.full(count, np.nan), np.full(count, int(Quality.BAD), np.int64)
        try:
            async with self.connection.turn:
                for part in list(self.parts):
                    await self._read_into(part, raw, quality)
        except NoAnswer as err:
            self.source.lost(str(err), now_us())
            return
        self.source.report(raw, quality, now_us())

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    async def _read_into(self, part: Part, raw: Floats, quality: Ints) -> None:
        """Fill in what the request serves; when an address in it cannot be read, find it by halves."""
        request = part.request
        block = await self._ask(request)
        if block is not None:
            raw[part.places] = part.decoder.numbers(block)
            quality[part.places] = Quality.GOOD
            return
        if len(request.places) > 1:
            for half in halves(request, self.channels, self.device.max_registers):
                await self._read_into(self._part(half), raw, quality)
            self._make_plan()
            return
        channel = self.channels[request.places[0]]
        if request.places[0] not in self.unreadable:
            log.warning("unreadable_address", machine=channel.machine, tag=channel.tag.name, address=request.first)
        self.unreadable.add(request.places[0])
        self.retry_at = time.monotonic() + RETRY_UNREADABLE_S
        self._make_plan()

    async def _ask(self, request: Request) -> Words | Sequence[bool] | None:
        """The registers or bits; None when the device refuses the address, NoAnswer when it does not answer at all."""
        client = await self.connection.ready()
        try:
            answer = await self._call(client, request)
        except (ModbusException, OSError, TimeoutError) as err:
            self.connection.close()
            raise NoAnswer("no answer") from err
        if answer.isError():
            code = getattr(answer, "exception_code", 0)
            if code in ABOUT_THE_ADDRESS:
                return None
            raise NoAnswer(f"exception {code}")
        if request.table in ("coil", "discrete"):
            return answer.bits[: request.count]
        if not isinstance(answer, HoldingWords) or answer.block.size != request.count:
            self.connection.close()
            raise NoAnswer(f"{answer} instead of {request.count}")
        return answer.block

    async def _call(self, client: AsyncModbusTcpClient, request: Request) -> ModbusPDU:
        read = {
            "holding": client.read_holding_registers,
            "input": client.read_input_registers,
            "coil": client.read_coils,
            "discrete": client.read_discrete_inputs,
        }[request.table]
        return await read(request.first, count=request.count, device_id=self.device.unit)

    def _part(self, request: Request) -> Part:
        tags = [self.channels[i].tag for i in request.places]
        decoder = Decoder(tags, request.first, self.device.byte_order, self.device.word_order)
        return Part(request, decoder, np.array(request.places, np.int64))

    def _make_plan(self) -> None:
        readable = [i for i in range(len(self.channels)) if i not in self.unreadable]
        self.parts = [self._part(request) for request in plan(self.channels, readable, self.device.max_registers)]
