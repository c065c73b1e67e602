"""Sends what agents are to look for, keeps what they answer, and hands the applied plant file on to each of them."""

import asyncio
import json
import time
from collections.abc import Callable

import paho.mqtt.client as mqtt
import structlog
from pydantic import ValidationError

from config.plant import Plant
from contract.discovery import Answer, Ask, PlantMessage
from contract.topics import answer_topic, ask_topic, plant_topic
from mes.plant_file.store_discovery import SQL, hear
from runtime.broker import connect_client
from runtime.lending import Connection
from runtime.only_one import OnlyOne
from runtime.plant_file import fingerprint
from runtime.settings import Settings

log = structlog.get_logger()
LOCK = 0x444953  # "DIS": only one speaks with the agents
LOOK_EVERY_S = 0.3
TIDY_EVERY_S = 3600.0


class DiscoveryLoop:
    """One of all mes processes on a database speaks with the agents; the others stand by."""

    def __init__(self, settings: Settings, plant: Plant, beat: Callable[[], None]) -> None:
        self.settings, self.plant = settings, plant
        self._only = OnlyOne("discovery", settings.need_database(), LOCK, beat)
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()
        self._handed = ""

    async def run(self) -> None:
        """Until it is cancelled."""
        await self._only.run(self._follow)

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        self._only.lost()

    async def _follow(self, conn: Connection) -> None:
        client = self._connected()
        tidied, self._handed = -TIDY_EVERY_S, ""
        try:
            while True:
                self._only.beat()
                while not self._heard.empty():
                    await self._keep(conn, self._heard.get_nowait())
                if client.is_connected():
                    await self._send(conn, client)
                    await self._hand_on(conn, client)
                if time.monotonic() - tidied > TIDY_EVERY_S:
                    await conn.execute(SQL["forget"].encode())
                    tidied = time.monotonic()
                self._only.guard.works()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)

    def _connected(self) -> mqtt.Client:
        loop, site = asyncio.get_running_loop(), self.plant.site.id

        def heard(_client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
            loop.call_soon_threadsafe(self._heard.put_nowait, bytes(message.payload))

        return connect_client(
            self.settings.need_broker(),
            client_id=f"shopfloor-mes-{site}-discovery",
            on_connect=lambda client: client.subscribe(answer_topic(site, "+"), qos=1) and None,
            on_message=heard,
        )

    async def _keep(self, conn: Connection, payload: bytes) -> None:
        try:
            answer = Answer.model_validate_json(payload)
        except ValidationError as err:
            log.warning("answer_refused", reason=str(err).splitlines()[0])
            return
        await hear(conn, answer)

    async def _send(self, conn: Connection, client: mqtt.Client) -> None:
        """What is waiting; each is marked after the broker's client has taken it."""
        site = self.plant.site.id
        for id_, node, action, device, asked in await (await conn.execute(SQL["unsent"].encode())).fetchall():
            body = Ask(id=str(id_), action=action, device=device, **asked)
            client.publish(ask_topic(site, node), body.model_dump_json(), qos=1)
            await conn.execute(SQL["sent"].encode(), {"id": id_})
        for id_, node in await (await conn.execute(SQL["to_stop"].encode())).fetchall():
            client.publish(ask_topic(site, node), json.dumps({"v": 1, "id": str(id_), "action": "stop"}), qos=1)
            await conn.execute(SQL["stopped"].encode(), {"id": id_})

    async def _hand_on(self, conn: Connection, client: mqtt.Client) -> None:
        """The plant file that was applied last, retained for each agent that it names."""
        row = await (await conn.execute(SQL["newest_text"].encode())).fetchone()
        if row is None or row[1] == self._handed:
            return
        text, sha256 = row
        if await asyncio.to_thread(fingerprint, self.settings.plant) != sha256:
            return  # somebody has changed the file by hand since: what they have on the agents is theirs
        body = PlantMessage(sha256=sha256, text=text).model_dump_json()
        for node in self.plant.edges:
            client.publish(plant_topic(self.plant.site.id, node), body, qos=1, retain=True)
        self._handed = sha256
