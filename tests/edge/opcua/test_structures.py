"""Structures that a server defines itself."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.common.structures104 import new_struct, new_struct_field

from tests.edge.opcua.plc import URI, Plc, Reader, device, tag
from tests.support.eventually import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plc(free_port: Callable[[], int]) -> AsyncIterator[Plc]:
    made = await Plc(free_port(), {"Speed": 1.0}).start()
    yield made
    await made.stop()


async def test_members_of_a_structure_are_channels_of_their_own(plc: Plc) -> None:
    fields = [new_struct_field("speed", ua.VariantType.Double), new_struct_field("count", ua.VariantType.Int32)]
    await new_struct(plc.server, plc.index, "Motor", fields)
    made = await plc.server.load_data_type_definitions()
    motor = made["Motor"]
    folder = plc.server.get_node(f"ns={plc.index};s=Press")
    node = await folder.add_variable(ua.NodeId("Motors", plc.index), "Motors", [motor(), motor()])
    plc.nodes["Motors"] = node.nodeid
    tags = [
        tag("Speed-2", node=f"nsu={URI};s=Motors", path="[1].speed"),
        tag("Count-1", node=f"nsu={URI};s=Motors", path="[0].count"),
        tag("Nothing", node=f"nsu={URI};s=Motors", path="[0].colour"),
    ]
    async with Reader(device(plc.url), tags) as reader:
        await until("the first values", lambda: reader.changes("speed-2") == [0.0])
        await plc.put("Motors", [motor(speed=1.0, count=5), motor(speed=2.5, count=6)])
        await until("the changes", lambda: reader.changes("speed-2") == [0.0, 2.5])

    assert reader.changes("count-1") == [0.0, 5.0]
    assert reader.changes("nothing") == [None]
