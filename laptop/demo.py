"""The whole system on one machine, started part by part with a line for each, ended by Ctrl-C."""

import fcntl
import os
import secrets
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

from config.device import ModbusDevice, Role
from config.load import load_plant
from config.plant import Plant
from laptop.broker import BrokerTrouble, LocalBroker, mosquitto
from laptop.child_settings import settings_for
from laptop.demo_orders import write_orders
from laptop.first_look import follow
from laptop.ports import PortTaken, free_port, is_free
from laptop.postgres import EmbeddedPostgres
from laptop.processes import Processes
from laptop.programs import PostgresTrouble
from laptop.tryton import DATABASE as DATABASE_OF_TRYTON
from laptop.tryton import LocalTryton, TrytonTrouble, local_to
from runtime.database import migrate
from runtime.ending import leave
from runtime.settings import broker_from, is_loopback

SECONDS_TO_START = 120
DATABASE, BROKER = "数据库 database", "消息代理 broker"


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
    erp: str | None = None
    _step: int = 0
    _ending: threading.Event = field(default_factory=threading.Event)
    # What every service can be given of; each gets what it reads.
    _settings: dict[str, str] = field(default_factory=dict, repr=False)
    _servers: dict[str, EmbeddedPostgres | LocalBroker] = field(default_factory=dict)
    _tryton_of: LocalTryton | None = None

    def run(self) -> int:
        """Start everything, stay until Ctrl-C or SIGTERM, end everything; 0, or DemoTrouble."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        os.umask(0o077)  # data and logs are nobody else's
        plant = load_plant(self.plant)
        self.data = self.data.absolute()
        with ExitStack() as parts:
            try:
                self._start(plant, parts)
            except (PortTaken, PostgresTrouble, BrokerTrouble, TrytonTrouble, OSError) as err:
                raise DemoTrouble(str(err)) from err
        say("全部停止，数据保留在 · all stopped, the data stay in", str(self.data))
        return 0

    def _start(self, plant: Plant, parts: ExitStack) -> None:
        self._check_ports(plant)
        self._lock(parts)
        self._settings = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._settings |= {"SHOPFLOOR_PLANT": str(self.plant.absolute()), "SHOPFLOOR_DATA": str(self.data)}
        self._settings |= {"SHOPFLOOR_HOST": "127.0.0.1", "SHOPFLOOR_PORT": str(self.port)}
        # plain HTTP on loopback
        self._settings |= {"SHOPFLOOR_TLS_CERTIFICATE": "", "SHOPFLOOR_TLS_KEY": "", "SHOPFLOOR_HTTPS": ""}
        self._settings["SHOPFLOOR_PUBLIC_URL"] = f"http://127.0.0.1:{self.port}"
        self._settings["SHOPFLOOR_DEMO"] = secrets.token_urlsafe(32)
        database = self._part(DATABASE, lambda: self._database(parts))
        self._settings["SHOPFLOOR_DATABASE"] = database
        self._settings["SHOPFLOOR_BROKER"] = self._part(BROKER, lambda: self._broker(parts))
        self._part("数据表 tables", lambda: migrate(database))
        if self.erp == "tryton":
            self._part("Tryton", lambda: self._tryton(plant, parts))
        if not self.no_simulator and not os.environ.get("SHOPFLOOR_ORDERS"):
            orders = self.data / "orders.yaml"
            write_orders(orders, plant, datetime.now(UTC))
            self._settings["SHOPFLOOR_ORDERS"] = str(orders)
        services = Processes(self.data / "logs")
        parts.callback(services.stop_all)
        if not self.no_simulator:
            self._part("模拟工厂 simulated plant", lambda: self._simulator(services, plant))
        self._part("采集服务 collector", lambda: self._service(services, plant, "collector"))
        for edge in plant.edges:
            self._part(f"边缘代理 edge {edge}", partial(self._edge, services, plant, edge))
        self._part("制造执行 mes", lambda: self._service(services, plant, "mes"))
        self._part("报警 alerts", lambda: self._service(services, plant, "alerts"))
        self._part("看板 wall", lambda: self._wait_for_wall(services))
        if self._ending.is_set():
            return
        self._announce(plant)
        nap = partial(self._nap, services)
        # Of a machine without a state nobody will ever know one.
        machines = [machine.id for machine in plant.machines if machine.tag_of(Role.STATE)]
        follow(database, self.data / "logger", machines, nap)
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
        self._servers[DATABASE] = server = EmbeddedPostgres(self.data / "postgres", cancelled=self._ending.is_set)
        parts.callback(server.stop)
        url = server.start()
        # For whoever runs commands beside the demo, such as `shopfloor client add`.
        (self.data / "database.url").write_text(url + "\n")
        return url

    def _broker(self, parts: ExitStack) -> str:
        given = self.broker or os.environ.get("SHOPFLOOR_BROKER")
        if given:
            broker_from(given, None, os.environ.get("SHOPFLOOR_ALLOW_PLAINTEXT") == "yes")
            return given
        self._servers[BROKER] = local = LocalBroker(self.data / "broker", free_port(18830))
        parts.callback(local.stop)
        print("Mosquitto … " if mosquitto() else "amqtt … ", end="", flush=True)
        return local.start()

    def _tryton(self, plant: Plant, parts: ExitStack) -> str:
        """Its first start installs it and takes minutes; it holds what products the plant has, and an order of each."""
        self._tryton_of = server = local_to(self.data / "tryton", free_port(8069), plant, self._ending.is_set)
        print("PyPI … " if not server.there else "", end="", flush=True)
        url = server.start()
        parts.callback(server.stop)
        self._settings |= server.settings()
        return url

    def _simulator(self, services: Processes, plant: Plant) -> None:
        logger, truth = self.data / "logger", self.data / "truth.jsonl"
        hours = f"{self.history / timedelta(seconds=1):.0f}s"
        arguments = ["--seed", str(self.seed), "--truth", str(truth), "--logger", str(logger), "--history", hours]
        environment = settings_for("simulator", plant, self._settings)
        services.start("simulator", [*self.command, "simulator", *arguments], environment)
        self._wait(services, lambda: "simulator_ready" in services.log_of("simulator").read_text(encoding="utf-8"))

    def _service(self, services: Processes, plant: Plant, name: str) -> None:
        """One that has no web pages tells its health on a port of its own; which one stands in its log."""
        environment = settings_for(name, plant, self._settings)
        own = {} if name == "mes" else {"SHOPFLOOR_HEALTH": "127.0.0.1:0"}
        services.start(name, [*self.command, name], environment | own)

    def _edge(self, services: Processes, plant: Plant, edge: str) -> None:
        environment = settings_for("edge", plant, self._settings, edge) | {"SHOPFLOOR_HEALTH": "127.0.0.1:0"}
        services.start(edge, [*self.command, "edge", edge, "--logger", str(self.data / "logger")], environment)

    def _wait_for_wall(self, services: Processes) -> None:
        self._wait(services, lambda: self._ready(f"http://127.0.0.1:{self.port}/health/ready"))

    def _wait(self, services: Processes, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not condition() and not self._nap(services, 0.1):
            if time.monotonic() > deadline:
                raise DemoTrouble(f"not ready after {SECONDS_TO_START} s: see the logs in {services.logs}")

    def _nap(self, services: Processes, seconds: float) -> bool:
        """True when it is time to end; DemoTrouble when a service has died. Database and broker are started again."""
        self._complain_of_dead(services)
        self._start_again()
        return self._ending.wait(seconds)

    def _start_again(self) -> None:
        for name, server in self._servers.items():
            code = server.died()
            if code is not None and not self._ending.is_set():
                began = time.monotonic()
                server.restart()
                took = time.monotonic() - began
                say(f"{name} 意外终止，已重新启动 · ended with code {code}, started again ({took:.1f} s)")

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
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data.chmod(0o700)
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
        token = self._settings["SHOPFLOOR_DEMO"]
        print(f"登录为操作工、班组长等 · sign in as an operator, supervisor, …: {base}/demo?token={token}")
        print(f"接口文档 · API: {base}/docs    报警 · alarms: {base}/alarms    停止 · stop: Ctrl-C\n", flush=True)
        if self._tryton_of is not None:
            secret = self._tryton_of.folder / "admin.password"
            print(f"Tryton: {self._tryton_of.url} · 数据库 database {DATABASE_OF_TRYTON} · 用户 user admin")
            print(f"  密码 password: {secret} · 对账 reconciliation: {base}/reconciliation\n", flush=True)

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
