"""One connection or serial port with a pymodbus client on it: a request at a time, its answer as bytes."""

import logging
import termios
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

import numpy as np
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsResponse
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse

from config.device import ModbusDevice
from edge.modbus.decode import Block
from edge.modbus.ids import IdFramer, Ids
from edge.modbus.read_plan import Request
from edge.modbus.trouble import WRONG_LENGTH, what_came

RECONNECT_S = 1.0
# A silent unit must not cost its neighbours the connection: when to close is decided in line.py.
NEVER = 2**31
FUNCTIONS = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
Read = Callable[..., Awaitable[ModbusPDU]]


class NoAnswer(Exception):
    """The device did not answer, or its gateway answered for it; the text says what came instead."""


class HoldingAnswer(ReadHoldingRegistersResponse):
    """Registers as the bytes that came: pymodbus would make a list of numbers, which takes longer than all the rest."""

    block: Block

    def decode(self, data: bytes) -> None:
        """Keep the bytes after the count."""
        self.block = np.frombuffer(data, np.uint8)[1 : 1 + data[0]]

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.block.size} bytes)"


class InputAnswer(HoldingAnswer):
    """The same of input registers."""

    function_code = 4


class CoilAnswer(ReadCoilsResponse):
    """Bits as a byte of 0 or 1 each."""

    block: Block

    def decode(self, data: bytes) -> None:
        """Unpack the bytes after the count, the lowest bit first."""
        self.block = np.unpackbits(np.frombuffer(data, np.uint8)[1 : 1 + data[0]], bitorder="little")

    def __str__(self) -> str:
        return f"{type(self).__name__}({self.block.size} bits)"


class DiscreteAnswer(CoilAnswer):
    """The same of discrete inputs."""

    function_code = 2


class Wire:
    """A client that is opened when it is needed; who uses it sees to it that nobody else does."""

    def __init__(self, device: ModbusDevice) -> None:
        self.device = device
        self.rtu = device.transport != "tcp"
        self.client: ModbusBaseClient | None = None
        self.reads: dict[str, Read] = {}
        self.last_failure, self.failure = -RECONNECT_S, ""
        self.heard = b""
        self.waiting = False
        # True when something came that no request is waiting for.
        self.surplus = False
        # For whoever shares it: when the next request may go, and how many in a row had no answer.
        self.free_at = 0.0
        self.silent = 0

    async def read(self, ids: Ids, request: Request, patience: float) -> Block | int:
        """The bytes or bits, or the code of the device's refusal; NoAnswer when neither came."""
        client = await self._ready(patience)
        if self.surplus and ids.any_transaction:
            # More came than was asked for, and what follows it would pass for the answer to this request.
            self.close()
            client = await self._ready(patience)
        if isinstance(client.ctx.framer, IdFramer):
            client.ctx.framer.ids = ids
        client.ctx.comm_params.timeout_connect = patience
        self.heard, self.waiting = b"", True
        try:
            answer = await self.reads[request.table](request.first, count=request.count, device_id=ids.unit)
        except (ModbusException, OSError) as err:
            raise NoAnswer(self._reason(ids.unit, patience)) from err
        finally:
            self.waiting = False
            self.surplus |= bool(client.ctx.recv_buffer)
        function = answer.function_code
        if function & 0x7F != FUNCTIONS[request.table]:
            raise NoAnswer(f"an answer to function {function & 0x7F} instead of {FUNCTIONS[request.table]} came")
        if answer.isError():
            return answer.exception_code or 4
        assert isinstance(answer, HoldingAnswer | CoilAnswer)  # noqa: S101  - they are registered for these functions
        block = answer.block
        if isinstance(answer, CoilAnswer):
            return block[: request.count] if block.size == (request.count + 7) // 8 * 8 else WRONG_LENGTH
        return block if block.size == 2 * request.count else WRONG_LENGTH

    def close(self) -> None:
        """Close it; the next request opens it anew."""
        if self.client is not None:
            self.client.close()
            self.client = None
        self.silent, self.surplus = 0, False

    async def _ready(self, patience: float) -> ModbusBaseClient:
        """A connected client, or NoAnswer; after a failure tried again at most once a second."""
        if self.client is not None and self.client.connected:
            return self.client
        if time.monotonic() - self.last_failure < RECONNECT_S:
            raise NoAnswer(self.failure)
        self.close()
        client = self.client = self._client(patience)
        client.set_max_no_responses(NEVER)
        for answer in (HoldingAnswer, InputAnswer, CoilAnswer, DiscreteAnswer):
            client.register(answer)
        self.reads = {
            "holding": client.read_holding_registers,
            "input": client.read_input_registers,
            "coil": client.read_coils,
            "discrete": client.read_discrete_inputs,
        }
        try:
            connected = await client.connect()
        except (termios.error, ValueError) as err:
            # A serial port that cannot do what was asked of it; pymodbus looks for OSError only.
            self._failed(f"{self.device.line} refuses {self.device.baud} baud with parity {self.device.parity}", err)
        if not connected:
            self._failed(f"no connection to {self.device.line}", None)
        return client

    def _failed(self, reason: str, err: Exception | None) -> NoReturn:
        self.last_failure, self.failure = time.monotonic(), reason
        raise NoAnswer(reason) from err

    def _client(self, patience: float) -> ModbusBaseClient:
        device = self.device
        if device.transport == "serial":
            return AsyncModbusSerialClient(
                device.serial_port,
                baudrate=device.baud,
                parity=device.parity[0].upper(),
                stopbits=device.stop_bits,
                timeout=patience,
                retries=0,
                reconnect_delay=0,
                trace_packet=self._hear,
                trace_connect=self._cut,
            )
        client = AsyncModbusTcpClient(
            device.host,
            port=device.port,
            framer=FramerType.RTU if self.rtu else FramerType.SOCKET,
            timeout=patience,
            retries=0,
            reconnect_delay=0,
            trace_packet=self._hear,
            trace_connect=self._cut,
        )
        if not self.rtu:
            client.ctx.framer = IdFramer(client.ctx.framer.decoder)
        return client

    def _hear(self, sending: bool, data: bytes) -> bytes:
        if not sending:
            self.heard = data
            self.surplus |= not self.waiting or self.client is None or self.client.ctx.response_future.done()
        return data

    def _cut(self, connected: bool) -> None:
        """Who waits for an answer on a connection that is gone need not wait on."""
        if self.client is None or connected or not self.waiting:
            return
        answer = self.client.ctx.response_future
        if not answer.done():
            answer.set_exception(ConnectionException("closed"))

    def _reason(self, unit: int, patience: float) -> str:
        assert self.client is not None  # noqa: S101  - it was asked just now
        came = what_came(self.heard, self.rtu, unit, self.client.ctx.request_transaction_id, patience)
        if self.client.connected:
            return came
        return f"the connection was closed by {self.device.line}" + (f"; {came}" if self.heard else "")


def quiet_library() -> None:
    """pymodbus says something of each bad answer; the agent says it once, when it begins and when it ends."""
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
