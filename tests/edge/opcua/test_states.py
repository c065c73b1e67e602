"""A machine by OPC 40001-1 on a real server: its state is made of two state machines, with their own times."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from asyncua import ua

from config.device import Machine, Tag
from contract.sample import Quality, State
from tests.edge.opcua.plc import URI, Plc, Reader, device, now_us
from tests.support.eventually import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAGS = [
    {"name": "item-state", "node": f"nsu={URI};s=Item", "type": "string"},
    {"name": "mode", "node": f"nsu={URI};s=Mode"},
    {"name": "state", "role": "state", "profile": "opcua-machinery"}
    | {"of": {"item_state": "item-state", "operation_mode": "mode"}},
]


def tags() -> list[Tag]:
    keys = {"id": "press-1", "name": {"en": "P", "zh": "机"}, "device": "plc", "ideal_cycle": "1s", "tags": TAGS}
    return list(Machine.model_validate(keys).tags)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plc(free_port: Callable[[], int]) -> AsyncIterator[Plc]:
    made = await Plc(free_port(), {"Item": ua.LocalizedText("NotExecuting", "en"), "Mode": 3}).start()
    yield made
    await made.stop()


async def test_the_state_changes_with_the_time_of_the_variable_that_changed_it(plc: Plc) -> None:
    async with Reader(device(plc.url), tags()) as reader:
        await until("the first state", lambda: reader.changes("state")[-1:] == [State.IDLE])
        at = now_us()
        await plc.put("Item", ua.LocalizedText("Executing", "en"), at)
        await until("the change", lambda: reader.changes("state")[-2:] == [State.IDLE, State.RUNNING])
        await plc.put("Mode", ua.Variant(3, ua.VariantType.Int64), status=0x808B0000)
        await until("a mode that cannot be trusted", lambda: reader.of("state")[-1].value is None)

    changed = next(sample for sample in reader.of("state") if sample.value == State.RUNNING)
    assert changed.source_us == at
    assert reader.changes("item-state")[:2] == ["NotExecuting", "Executing"]
    assert reader.of("state")[-1].quality is Quality.BAD
    times = [sample.source_us for sample in reader.of("state")]
    assert times == sorted(set(times))
