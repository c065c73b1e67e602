"""How much a device answers at once that keeps silent, or hangs up, where it should refuse a request as too large."""

from collections.abc import Sequence

from edge.channel import Channel
from edge.modbus.line import Line, Unit
from edge.modbus.read_plan import Limits, Request, plan, request_of
from edge.modbus.wire import NoAnswer

# A device that is away is not asked for its size more often: that costs its neighbours another time-out.
TRY_EVERY_S = 60.0


async def answered_at_most(line: Line, unit: Unit, channels: Sequence[Channel], failed: Request) -> int | None:
    """How many addresses it answers at once, a power of two; None when size is not why this request had no answer."""
    smallest = min(failed.places, key=lambda i: channels[i].tag.width)
    if failed.count <= channels[smallest].tag.width:
        return None
    if not await _answers(line, unit, request_of(channels, [smallest])) or await _answers(line, unit, failed):
        # It is away, or it was silent by chance.
        return None
    most = 1 << (failed.count - 1).bit_length() - 1
    while most:
        requests = plan(channels, failed.places, Limits(most, most))
        if await _answers(line, unit, max(requests, key=lambda request: request.count)):
            return most
        most //= 2
    return None


async def _answers(line: Line, unit: Unit, request: Request) -> bool:
    """True when it says anything, be it a refusal."""
    try:
        await line.ask(unit, request, at_once=True)
    except NoAnswer:
        return False
    return True
