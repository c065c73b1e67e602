"""The whole system on one machine, started part by part with a line for each, ended by Ctrl-C."""

import fcntl
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from config.device import ModbusDevice
from config.ending import leave
from config.load import load_plant
from config.plant import Plant
from config.settings import broker_from, is_loopback
from contract.database import migrate
from laptop.broker import BrokerTrouble, LocalBroker, mosquitto
from laptop.demo_orders import write_orders
from laptop.first_look import follow
from laptop.ports import PortTaken, free_port, is_free
from laptop.postgres import EmbeddedPostgres
from laptop.processes import Processes
from laptop.programs import PostgresTrouble

SECONDS_TO_START = 120


class DemoTrouble(RuntimeError):
    """The demo cannot start or go on; the text is one line with the cure."""


@dataclass
class Demo:
    """`command` is how to call this program again, for its subcommands."""

    data: Path
    plant: Path
    database: str | None
    broker: str | None
    port: int
    history: timedelta
    seed: int
    no_simulator: bool
    command: tuple[str, ...]
    _step: int = 0
    _ending: threading.Event = field(default_factory=threading.Event)

    def run(self) -> int:
        """Start everything, stay until Ctrl-C or SIGTERM, end everything; 0, or DemoTrouble."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        plant = load_plant(self.plant)
        self.data = self.data.absolute()
        with ExitStack() as parts:
            try:
                self._start(plant, parts)
            except (PortTaken, PostgresTrouble, BrokerTrouble, OSError) as err:
                raise DemoTrouble(str(err)) from err
        say("全部停止，数据保留在 · all stopped, the data stay in", str(self.data))
        return 0

    def _start(self, plant: Plant, parts: ExitStack) -> None:
        self._check_ports(plant)
        self._lock(parts)
        environment = {"SHOPFLOOR_PLANT": str(self.plant.absolute()), "SHOPFLOOR_DATA": str(self.data)}
        environment |= {"SHOPFLOOR_HOST": "127.0.0.1", "SHOPFLOOR_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        environment |= {"SHOPFLOOR_TLS_CERTIFICATE": "", "SHOPFLOOR_TLS_KEY": ""}  # plain HTTP on loopback
        environment["SHOPFLOOR_PUBLIC_URL"] = f"http://127.0.0.1:{self.port}"
        environment["SHOPFLOOR_DATABASE"] = self._part("数据库 database", lambda: self._database(parts))
        environment["SHOPFLOOR_BROKER"] = self._part("消息代理 broker", lambda: self._broker(parts))
        self._part("数据表 tables", lambda: migrate(environment["SHOPFLOOR_DATABASE"]))
        if not self.no_simulator and not os.environ.get("SHOPFLOOR_ORDERS"):
            orders = self.data / "orders.yaml"
            write_orders(orders, plant, datetime.now(UTC))
            environment["SHOPFLOOR_ORDERS"] = str(orders)
        services = Processes(self.data / "logs", environment)
        parts.callback(services.stop_all)
        if not self.no_simulator:
            self._part("模拟工厂 simulated plant", lambda: self._simulator(services))
        self._part("采集服务 collector", lambda: self._service(services, "collector", "collector"))
        for edge in plant.edges:
            arguments = ("edge", edge, "--logger", str(self.data / "logger"))
            self._part(f"边缘代理 edge {edge}", partial(self._service, services, edge, *arguments))
        self._part("制造执行 mes", lambda: services.start("mes", [*self.command, "mes"]))
        self._part("告警 alerts", lambda: self._service(services, "alerts", "alerts"))
        self._part("看板 wall", lambda: self._wait_for_wall(services))
        if self._ending.is_set():
            return
        self._announce(plant)
        nap = partial(self._nap, services)
        follow(environment["SHOPFLOOR_DATABASE"], self.data / "logger", len(plant.machines), nap)
        while not nap(0.5):
            pass

    def _part(self, name: str, start: Callable[[], object]) -> str:
        """Start one part, with a line before and the time it took after; its URL when it has one."""
        if self._ending.is_set():
            return ""
        self._step += 1
        began = time.monotonic()
        print(f"[{self._step:2}] {name} … ", end="", flush=True)
        result = start()
        say(f"{time.monotonic() - began:.1f} s")
        return result if isinstance(result, str) else ""

    def _database(self, parts: ExitStack) -> str:
        given = self.database or os.environ.get("SHOPFLOOR_DATABASE")
        if given:
            return given
        server = EmbeddedPostgres(self.data / "postgres", cancelled=self._ending.is_set)
        parts.callback(server.stop)
        return server.start()

    def _broker(self, parts: ExitStack) -> str:
        given = self.broker or os.environ.get("SHOPFLOOR_BROKER")
        if given:
            broker_from(given, None, os.environ.get("SHOPFLOOR_ALLOW_PLAINTEXT") == "yes")
            return given
        local = LocalBroker(self.data / "broker", free_port(18830))
        parts.callback(local.stop)
        print("Mosquitto … " if mosquitto() else "amqtt … ", end="", flush=True)
        return local.start()

    def _simulator(self, services: Processes) -> None:
        logger, truth = self.data / "logger", self.data / "truth.jsonl"
        hours = f"{self.history / timedelta(seconds=1):.0f}s"
        arguments = ["--seed", str(self.seed), "--truth", str(truth), "--logger", str(logger), "--history", hours]
        services.start("simulator", [*self.command, "simulator", *arguments])
        self._wait(services, lambda: "simulator_ready" in services.log_of("simulator").read_text(encoding="utf-8"))

    def _service(self, services: Processes, name: str, *arguments: str) -> None:
        """One that has no web pages tells its health on a port of its own; which one stands in its log."""
        services.start(name, [*self.command, *arguments], {"SHOPFLOOR_HEALTH": "127.0.0.1:0"})

    def _wait_for_wall(self, services: Processes) -> None:
        self._wait(services, lambda: self._ready(f"http://127.0.0.1:{self.port}/health/ready"))

    def _wait(self, services: Processes, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not condition() and not self._nap(services, 0.1):
            if time.monotonic() > deadline:
                raise DemoTrouble(f"not ready after {SECONDS_TO_START} s: see the logs in {services.logs}")

    def _nap(self, services: Processes, seconds: float) -> bool:
        """True when it is time to end; DemoTrouble when a service has died."""
        self._complain_of_dead(services)
        return self._ending.wait(seconds)

    def _complain_of_dead(self, services: Processes) -> None:
        for name, code in services.ended().items():
            print(flush=True)
            raise DemoTrouble(
                f"{name} ended with code {code}: {services.last_line(name)} (log: {services.log_of(name)})"
            )

    def _check_ports(self, plant: Plant) -> None:
        wanted = {self.port: "the wall: give another with --port"}
        for device in () if self.no_simulator else plant.devices:
            if isinstance(device, ModbusDevice):
                host, port = device.host, device.port
            else:
                parts = urlsplit(device.url)
                host, port = parts.hostname or "", parts.port or 4840
            if not is_loopback(host):
                raise DemoTrouble(
                    f"device '{device.id}' is at {host}, which cannot be simulated here: "
                    "give --no-simulator when it is real, or the host 127.0.0.1"
                )
            wanted[port] = f"the simulated device '{device.id}': end the program that uses it, or change {self.plant}"
        for port, whose in wanted.items():
            if not is_free(port):
                raise DemoTrouble(f"port {port} is taken, it is needed for {whose}")

    def _lock(self, parts: ExitStack) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        lock = parts.enter_context((self.data / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            raise DemoTrouble(f"{self.data} is in use by another demo: stop that one, or give another --data") from err

    def _announce(self, plant: Plant) -> None:
        base = f"http://127.0.0.1:{self.port}"
        print("\n看板地址 · the wall:")
        for line in plant.lines:
            print(f"  {line.name.zh} · {line.name.en}: {base}/wall/{line.id}")
        print(f"接口文档 · API: {base}/docs    告警 · alarms: {base}/alarms    停止 · stop: Ctrl-C\n", flush=True)

    def _ready(self, url: str) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  - our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _end(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and self._ending.is_set():
            leave()
        self._ending.set()


def say(*words: str) -> None:
    """One line, at once."""
    print(*words, flush=True)
