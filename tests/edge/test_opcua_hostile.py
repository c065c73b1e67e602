"""OPC UA servers that misbehave: each is told, and recovers by itself."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from contract.sample import Quality
from tests.edge.opcua_plc import Plc, Reader, device, tag, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plc(free_port: Callable[[], int]) -> AsyncIterator[Plc]:
    made = await Plc(free_port(), {"Speed": 1.0}).start()
    yield made
    await made.stop()


async def test_a_subscription_that_dies_in_silence_is_noticed_and_built_anew(plc: Plc) -> None:
    async with Reader(device(plc.url, timeout="500ms"), [tag("Speed")]) as reader:
        await until("the first value", lambda: reader.changes("speed") == [1.0])
        plc.fall_silent()
        await plc.put("Speed", 2.0)
        await until("BAD", lambda: reader.of("speed")[-1].quality is Quality.BAD)
        await until("the value of a new subscription", lambda: reader.changes("speed") == [1.0, None, 2.0])
        await plc.put("Speed", 3.0)
        await until("a change", lambda: reader.changes("speed") == [1.0, None, 2.0, 3.0])
