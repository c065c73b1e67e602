"""What mes asks the agent to look for: a Modbus scan or an OPC UA browse, told as it goes; and a new plant file.

The agent reads only. One request at a time: a new one ends the one before.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import paho.mqtt.client as mqtt
import structlog
from pydantic import ValidationError

from config.complaints import lines
from config.device import ModbusDevice
from config.file_replace import CannotReplace, replace
from config.load import BadPlantFile, parse_plant
from config.opcua import OpcUaDevice
from contract.discovery import MOST_ROWS, ROWS_A_MESSAGE, Answer, Ask, PlantMessage
from contract.topics import answer_topic, ask_topic, plant_topic
from edge.commands.scan import COLUMNS as SCAN_COLUMNS
from edge.commands.scan import Scan
from edge.modbus.wire import NoAnswer
from edge.opcua.browse import Progress, walk
from edge.opcua.link import TROUBLE, Link
from edge.opcua.security import Keys
from edge.opcua.tag_names import COLUMNS as BROWSE_COLUMNS
from edge.opcua.tag_names import Row, columns_of, unique
from runtime.broker import connect_client
from runtime.ending import end
from runtime.plant_file import fingerprint
from runtime.settings import Broker

log = structlog.get_logger()
TELL_S = 0.5
LONGEST_S = 600.0


class Discovery:
    """Listens for one node; `reload` is called when a new plant file has been written to `path`."""

    def __init__(
        self, broker: Broker, site: str, node: str, keys: Keys, path: Path, reload: Callable[[], None]
    ) -> None:
        self.site, self.node, self.keys, self.path, self.reload = site, node, keys, path.resolve(), reload
        self.loop = asyncio.get_running_loop()
        self.heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.asks, self.plants = ask_topic(site, node), plant_topic(site, node)
        self.client = connect_client(
            broker,
            client_id=f"shopfloor-edge-{site}-{node}-discovery",
            on_connect=self._connected,
            on_message=lambda _client, message: self._soon(message.topic, bytes(message.payload)),
        )

    async def run(self) -> None:
        """Until it is cancelled."""
        looking: asyncio.Task[None] | None = None
        try:
            while True:
                topic, payload = await self.heard.get()
                if topic == self.plants:
                    await asyncio.to_thread(self._take, payload)
                    continue
                try:
                    ask = Ask.model_validate_json(payload)
                except ValidationError as err:
                    log.warning("request_refused", reason=str(err).splitlines()[0])
                    continue
                if looking is not None:
                    await end([looking])
                looking = None if ask.action == "stop" else asyncio.create_task(self._look(ask))
        finally:
            if looking is not None:
                await end([looking])
            self.client.disconnect()
            await self.loop.run_in_executor(None, self.client.loop_stop)

    def _connected(self, client: mqtt.Client) -> None:
        client.subscribe([(self.asks, 1), (self.plants, 1)])

    def _soon(self, topic: str, payload: bytes) -> None:
        self.loop.call_soon_threadsafe(self.heard.put_nowait, (topic, payload))

    async def _look(self, ask: Ask) -> None:
        telling = Telling(self.client, answer_topic(self.site, self.node), ask.id, self.node)
        log.info("looking", action=ask.action, device=ask.device.get("host") or ask.device.get("url"))
        try:
            async with asyncio.timeout(LONGEST_S):
                trouble = await (self._scan(ask, telling) if ask.action == "scan" else self._browse(ask, telling))
        except ValidationError as err:
            trouble = lines(err, ask.device, "device")[0]
        except TimeoutError:
            trouble = f"ended after {LONGEST_S:.0f} s: ask for less"
        except asyncio.CancelledError:
            telling.done("stopped")
            raise
        telling.done(trouble)

    async def _scan(self, ask: Ask, telling: "Telling") -> str:
        device = ModbusDevice.model_validate({"id": "plc", "edge": self.node, "protocol": "modbus", **ask.device})
        scan = Scan(device, "", ask.table, (min(ask.first, ask.last), ask.last), 1)
        asking = asyncio.create_task(scan.run())
        try:
            while not (await asyncio.wait({asking}, timeout=TELL_S))[0]:
                telling.progress(scan.told())
            asking.result()
        except NoAnswer as err:
            return f"{device.line}, unit {device.unit}, {ask.table}: {err}"
        finally:
            await end([asking])
            scan.line.close()
            telling.progress(scan.told())
            telling.rows(SCAN_COLUMNS, [tuple(map(str, row)) for row in scan.rows()])
        return ""

    async def _browse(self, ask: Ask, telling: "Telling") -> str:
        given = {"id": "plc", "edge": self.node, "protocol": "opcua", "timeout": "10s", **ask.device}
        device = OpcUaDevice.model_validate(given)
        link, found, progress = Link(device, self.keys), asyncio.Queue[list[Row]](), list[Progress]()
        taken: set[tuple[str, str]] = set()
        walking = asyncio.create_task(walk(link, found, progress))
        try:
            while not (walking.done() and found.empty()):
                while not found.empty():
                    rows = [columns_of(device.id, row) for row in unique(found.get_nowait(), taken)]
                    telling.rows(BROWSE_COLUMNS, rows)
                    if telling.count >= MOST_ROWS:
                        return f"ended after {MOST_ROWS} variables"
                if progress:
                    seen = progress[0]
                    telling.progress(f"{seen.seen} nodes, {seen.variables} variables, {seen.waiting} to go")
                await asyncio.wait({walking}, timeout=TELL_S)
            walking.result()
        except TROUBLE as err:
            return f"{device.url}: {str(err) or type(err).__name__}"
        finally:
            await end([walking])
            await link.close()
        return ""

    def _take(self, payload: bytes) -> None:
        """Put a plant file that mes has applied in the place of ours; one with mistakes changes nothing."""
        try:
            new = PlantMessage.model_validate_json(payload)
            now = fingerprint(self.path)
            if now == new.sha256:
                return
            plant = parse_plant(new.text)
            if plant.site.id != self.site or self.node not in plant.edges:
                raise BadPlantFile(f"it is of site '{plant.site.id}' with edges {', '.join(plant.edges)}")
            replace(self.path, self.path.read_bytes() if now else None, new.text.encode())
        except ValidationError as err:
            log.warning("plant_message_refused", reason=str(err).splitlines()[0])
        except (BadPlantFile, CannotReplace, OSError) as err:
            log.error("plant_message_not_taken", reason=str(err).splitlines()[0], cure="the old file stays in use")
        else:
            log.info("plant_file_received", sha256=new.sha256, file=str(self.path))
            self.loop.call_soon_threadsafe(self.reload)


class Telling:
    """The answers to one request, in order."""

    def __init__(self, client: mqtt.Client, topic: str, id_: str, node: str) -> None:
        self.client, self.topic, self.id, self.node = client, topic, id_, node
        self.part, self.count, self.last = 0, 0, ""

    def progress(self, said: str) -> None:
        """How far it is; nothing where that has been told."""
        if said != self.last:
            self.last = said
            self._tell(Answer(id=self.id, node=self.node, part=self.part, progress=said[:300]))

    def rows(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Some of what was found."""
        kept = rows[: MOST_ROWS - self.count]
        self.count += len(kept)
        for start in range(0, len(kept), ROWS_A_MESSAGE):
            some = [[cell[:300] for cell in row] for row in kept[start : start + ROWS_A_MESSAGE]]
            told = {"id": self.id, "node": self.node, "part": self.part, "progress": self.last[:300]}
            self._tell(Answer(**told, columns=tuple(columns), rows=some))

    def done(self, trouble: str) -> None:
        """The end of it."""
        told = {"id": self.id, "node": self.node, "part": self.part, "progress": self.last[:300]}
        self._tell(Answer(**told, done=True, trouble=trouble[:500]))

    def _tell(self, answer: Answer) -> None:
        self.part += 1
        self.client.publish(self.topic, answer.model_dump_json(), qos=1)
