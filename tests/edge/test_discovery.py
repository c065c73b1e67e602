"""mes asks over a real broker, the agent looks at real devices and tells what it has found; it writes to none."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from contract.discovery import Answer, PlantMessage
from contract.topics import answer_topic, ask_topic, plant_topic
from edge.discovery import Discovery
from edge.opcua.certificates import Certificates
from edge.opcua.security import Keys
from laptop.broker import LocalBroker
from mes.plant_file.store import sha256_of
from runtime.broker import connect_client
from runtime.settings import Broker
from tests.edge.agents import EDGE, plant_file
from tests.edge.listeners import listening
from tests.edge.opcua.plc import Plc
from tests.edge.test_reload import CountingPlc
from tests.support.eventually import until

FreePort = Callable[[], int]
SITE = "lab"


class Desk:
    """mes's side of the wire."""

    def __init__(self, broker: LocalBroker, heard: list[bytes]) -> None:
        self.client = connect_client(Broker("127.0.0.1", broker.port, tls=False), client_id="test-desk")
        self.heard = heard

    def ask(self, **said: Any) -> str:
        id_ = str(uuid4())
        self.client.publish(ask_topic(SITE, EDGE), json.dumps({"v": 1, "id": id_} | said), qos=1)
        return id_

    def answers(self, id_: str) -> list[Answer]:
        return [one for one in map(Answer.model_validate_json, self.heard) if one.id == id_]

    async def end(self, id_: str) -> Answer:
        await until("the end", lambda: any(one.done for one in self.answers(id_)), 20)
        return self.answers(id_)[-1]

    def rows(self, id_: str) -> list[list[str]]:
        return [row for one in self.answers(id_) for row in one.rows]


@asynccontextmanager
async def discovering(broker: LocalBroker, folder: Path, reloads: list[int]) -> AsyncIterator[Desk]:
    keys = Keys(Certificates(folder / "certificates"), {})
    path = folder / "plant.yaml"
    with listening(broker, answer_topic(SITE, EDGE)) as heard:
        here = Broker("127.0.0.1", broker.port, tls=False)
        discovery = Discovery(here, SITE, EDGE, keys, path, lambda: reloads.append(1))
        task = asyncio.create_task(discovery.run())
        desk = Desk(broker, heard)
        try:
            await until("connected", lambda: discovery.client.is_connected() and desk.client.is_connected(), 20)
            await asyncio.sleep(0.2)
            yield desk
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            desk.client.disconnect()
            desk.client.loop_stop()


async def test_what_a_modbus_device_can_be_asked_is_told_with_values(
    broker: LocalBroker, tmp_path: Path, free_port: FreePort
) -> None:
    async with CountingPlc(free_port()).serving() as plc, discovering(broker, tmp_path, []) as desk:
        device = {"host": "127.0.0.1", "port": plc.port, "unit": 1}
        id_ = desk.ask(action="scan", device=device, first=0, last=30)
        last = await desk.end(id_)

    assert last.trouble == ""
    assert [row[4] for row in desk.rows(id_)] == [str(n) for n in range(10)]
    assert [one.part for one in desk.answers(id_)] == list(range(len(desk.answers(id_))))


async def test_an_opc_ua_server_is_walked(broker: LocalBroker, tmp_path: Path, free_port: FreePort) -> None:
    plc = await Plc(free_port(), {"Count": 7.0, "Speed": 1.5}).start()
    try:
        async with discovering(broker, tmp_path, []) as desk:
            id_ = desk.ask(action="browse", device={"url": plc.url})
            last = await desk.end(id_)
    finally:
        await plc.server.stop()

    assert last.trouble == ""
    assert {"count", "speed"} <= {row[2] for row in desk.rows(id_)}


async def test_a_device_that_is_away_and_a_request_that_is_none_are_told(
    broker: LocalBroker, tmp_path: Path, free_port: FreePort
) -> None:
    async with discovering(broker, tmp_path, []) as desk:
        away = desk.ask(action="scan", device={"host": "127.0.0.1", "port": free_port(), "timeout": "200ms"})
        first = await desk.end(away)
        desk.ask(action="write", device={"host": "127.0.0.1"})
        wrong = desk.ask(action="scan", device={"hots": "127.0.0.1"})
        second = await desk.end(wrong)

    assert "127.0.0.1" in first.trouble
    assert "hots" in second.trouble


async def test_an_applied_plant_file_is_taken_whole_and_one_with_mistakes_is_not(
    broker: LocalBroker, tmp_path: Path, free_port: FreePort
) -> None:
    path = plant_file(tmp_path / "plant.yaml", {"press": ({"host": "127.0.0.1"}, [{"register": 0}])})
    old = path.read_text(encoding="utf-8")
    new, wrong, others = old.replace("register: 0", "register: 5"), "site: {}", old.replace("edge-1", "edge-9")
    reloads: list[int] = []
    async with discovering(broker, tmp_path, reloads) as desk:
        for text in (wrong, others, new):
            body = PlantMessage(sha256=sha256_of(text), text=text).model_dump_json()
            desk.client.publish(plant_topic(SITE, EDGE), body, qos=1, retain=True)
        await until("the reload", lambda: reloads, 20)

    assert path.read_text(encoding="utf-8") == new
    assert reloads == [1]
