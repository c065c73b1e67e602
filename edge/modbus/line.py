"""The units behind one gateway or on one serial line take turns, and a silent one costs the others little."""

import asyncio
import time
from dataclasses import dataclass

from config.device import ModbusDevice
from edge.modbus.decode import Block
from edge.modbus.ids import Ids
from edge.modbus.read_plan import Request
from edge.modbus.trouble import BUSY, GATEWAY, WRONG_LENGTH, exception
from edge.modbus.wire import NoAnswer, Wire

WORTH_A_RETRY = BUSY | {WRONG_LENGTH}
BUSY_S = 0.1
# All silent units of a shared line together may cost it this part of its time.
PROBE_SHARE = 0.1
# RTU frames are told apart by 3.5 characters of silence, of 11 bits each; 1.75 ms from 19,200 baud up.
SILENT_BITS = 3.5 * 11
LEAST_SILENCE_S = 0.00175


@dataclass(eq=False)
class Unit:
    """One device on a line: its numbers and limits, and how it fares; all its poll classes share this."""

    ids: Ids
    timeout: float
    retries: int
    pause: float
    spacing: float
    away: bool = False
    # Not before: the next request by its rate, after an answer that is overdue, and after it was found silent.
    next_at: float = 0.0
    quiet_until: float = 0.0
    probe_at: float = 0.0
    # How long the line stood still for its last request that had no answer, and why it had none.
    cost: float = 0.0
    trouble: str = ""


class Line:
    """One serial port, or as many connections to one host and port as requests may be in flight."""

    def __init__(self, device: ModbusDevice) -> None:
        self.wires = [Wire(device) for _ in range(device.in_flight)]
        self.free = list(self.wires)
        self.turn = asyncio.Semaphore(device.in_flight)
        self.rtu = device.transport != "tcp"
        self.silence = max(SILENT_BITS / device.baud, LEAST_SILENCE_S) if device.transport == "serial" else 0.0
        self.units: list[Unit] = []

    def unit(self, device: ModbusDevice) -> Unit:
        """A new unit on this line."""
        unit = Unit(
            Ids(device.unit, frozenset(device.answer_units), device.transaction_id == "any"),
            device.timeout.total_seconds(),
            device.retries,
            max(device.pause.total_seconds(), self.silence),
            1 / device.requests_per_second if device.requests_per_second else 0.0,
        )
        self.units.append(unit)
        return unit

    def leave(self, unit: Unit) -> None:
        """This unit is asked no more."""
        self.units.remove(unit)

    async def ask(self, unit: Unit, request: Request, at_once: bool = False) -> Block | int:
        """The bytes or bits, or the code of the device's refusal; NoAnswer when neither came, however often asked.

        A unit that is away has to wait, so that others get their turn, but not when it must be known `at_once`.
        """
        if not at_once and unit.away and time.monotonic() < unit.probe_at and self._others_answer(unit):
            raise NoAnswer(unit.trouble)
        left = 0 if unit.away else unit.retries
        while True:
            try:
                answer = await self._take_turn(unit, request)
            except NoAnswer as err:
                if left == 0:
                    self._lost(unit, str(err))
                    raise
            else:
                if left == 0 or not isinstance(answer, int) or answer not in WORTH_A_RETRY:
                    unit.away = False
                    return answer
                await asyncio.sleep(BUSY_S)
            left -= 1

    def close(self) -> None:
        """Close all of it; the next request opens it anew."""
        for wire in self.wires:
            wire.close()

    async def _take_turn(self, unit: Unit, request: Request) -> Block | int:
        """Ask once, when it is this unit's turn and its limits allow it."""
        if unit.spacing or unit.quiet_until:
            await self._hold_back(unit)
        await self.turn.acquire()
        wire = self.free.pop()
        began = time.monotonic()
        try:
            if wire.free_at > began:
                await asyncio.sleep(wire.free_at - began)
                began = wire.free_at
            answer = await wire.read(unit.ids, request, unit.timeout)
            wire.silent = 0
            if isinstance(answer, int) and answer == WRONG_LENGTH:
                self._overdue(wire, unit)
        except NoAnswer:
            unit.cost = time.monotonic() - began
            self._unanswered(wire, unit)
            raise
        except asyncio.CancelledError:
            self._overdue(wire, unit)
            raise
        finally:
            if unit.pause:
                wire.free_at = time.monotonic() + unit.pause
            self.free.append(wire)
            self.turn.release()
        if isinstance(answer, int) and answer in GATEWAY:
            unit.cost = time.monotonic() - began
            raise NoAnswer(exception(answer))
        return answer

    async def _hold_back(self, unit: Unit) -> None:
        """Until its rate allows another request, and an answer that is overdue is not to be expected any more."""
        now = time.monotonic()
        begin = max(now, unit.next_at, unit.quiet_until)
        unit.next_at, unit.quiet_until = begin + unit.spacing, 0.0
        if begin > now:
            await asyncio.sleep(begin - now)

    def _unanswered(self, wire: Wire, unit: Unit) -> None:
        wire.silent += 1
        self._overdue(wire, unit)
        if wire.silent > 1 and not self._others_answer(unit):
            wire.close()

    def _overdue(self, wire: Wire, unit: Unit) -> None:
        """An answer that comes late must not pass for that to the next request, where no number tells them apart."""
        if self.rtu:
            unit.quiet_until = time.monotonic() + unit.timeout
        elif unit.ids.any_transaction:
            wire.close()

    def _lost(self, unit: Unit, trouble: str) -> None:
        unit.away, unit.trouble = True, trouble
        silent = sum(other.away for other in self.units)
        unit.probe_at = time.monotonic() + unit.cost * silent * (1 / PROBE_SHARE - 1)

    def _others_answer(self, unit: Unit) -> bool:
        return any(not other.away for other in self.units if other is not unit)
