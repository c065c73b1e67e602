"""A real Tryton for tests, what its planner does, and a proxy before it that stalls, drops answers and goes away."""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest

from laptop.tryton import DATABASE, PINNED, LocalTryton, TrytonTrouble
from mes.erp.connectors.tryton.calls_loop import Calls
from runtime.settings import Tryton
from tests.support.local_server import LocalServer

PRODUCTS = {"bracket-a": "Bracket A", "bracket-b": "Bracket B"}
CHANGES = re.compile(rb"<methodName>model\.(production|stock\.move)\.(write|assign_try|run|do|cancel)</methodName>")
UPSTREAM_S = 60


def prepared(folder: Path, free_port: Callable[[], int]) -> None:
    """A Tryton in a folder, not started; what takes a minute to make is made once on a machine and copied."""
    source = Path("laptop/tryton_catalogue.py").read_bytes() + "".join(PINNED).encode()
    made_of = hashlib.sha256(source).hexdigest()[:12]
    shared = Path(tempfile.gettempdir()) / f"shopfloor-tryton-{os.geteuid()}-{made_of}"
    shared.mkdir(mode=0o700, exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        first = LocalTryton(shared, free_port(), PRODUCTS)
        try:
            first.prepare()
        except TrytonTrouble as err:
            # Without a package index there is no Tryton; a Tryton that was installed and does not work is a failure.
            if "from PyPI" not in str(err):
                raise
            pytest.skip(f"no Tryton, as PyPI cannot be reached: {err}")
    folder.mkdir(mode=0o700, parents=True)
    for name in ("database", "environment.stamp", "mes.password", "admin.password"):
        copy = shutil.copytree if (shared / name).is_dir() else shutil.copy2
        copy(shared / name, folder / name)
    (folder / "environment").symlink_to(shared / "environment")


@contextmanager
def local_tryton(folder: Path, free_port: Callable[[], int]) -> Iterator[LocalTryton]:
    """A server with a database of its own."""
    prepared(folder, free_port)
    server = LocalTryton(folder, free_port(), PRODUCTS)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class Planner:
    """A person who works in Tryton, with all rights."""

    def __init__(self, server: LocalTryton) -> None:
        self.calls = Calls(Tryton(server.url, DATABASE, "admin", server.admin_password))

    async def order(self, code: str, quantity: int, material: str = "bar", day: date = date(2026, 12, 1)) -> int:
        """A production that waits to be made, with its bill of material resolved; its id."""
        ask = self.calls.ask
        fields = ["boms", "default_uom"]
        [product] = await self._read("product.product", [["code", "=", code]], fields)
        [bom] = await self._read("product.product-production.bom", [["product", "=", product["id"]]], ["bom"])
        [bar] = await self._read("product.product", [["code", "=", material]], [])
        where: Any = await ask("model.production.default_get", ["warehouse", "location", "company"], True)
        [storage] = await self._read("stock.location", [["code", "=", "STO"]], [])
        [company] = await self._read("company.company", [], ["currency"])
        common = {"unit": product["default_uom"], "company": where["company"]}
        taken = {"product": bar["id"], "quantity": float(quantity), **common}
        taken |= {"from_location": storage["id"], "to_location": where["location"]}
        given = {"product": product["id"], "quantity": float(quantity), "unit_price": Decimal(0), **common}
        given |= {"from_location": where["location"], "to_location": storage["id"], "currency": company["currency"]}
        values = {"product": product["id"], "bom": bom["bom"], "quantity": float(quantity), "planned_date": day}
        values |= {"planned_start_date": day, "warehouse": where["warehouse"], "location": where["location"], **common}
        values |= {"inputs": [["create", [taken]]], "outputs": [["create", [given]]]}
        [id_] = await self._made(values)
        return id_

    async def _made(self, values: dict[str, Any]) -> list[int]:
        ids: Any = await self.calls.ask("model.production.create", [values])
        await self.calls.ask("model.production.wait", ids)
        return list(ids)

    async def without_materials(self, code: str, quantity: int) -> int:
        """A production as an API makes it that does not know of Reset BOM."""
        id_ = await self.order(code, quantity)
        [made] = await self.calls.productions([["id", "=", id_]])
        lines = {"inputs": [["delete", made.inputs]], "outputs": [["delete", made.outputs]]}
        await self.calls.ask("model.production.write", [id_], lines)
        return id_

    async def state(self, id_: int) -> tuple[str, Decimal, Decimal]:
        """State, good and scrap of a production."""
        [made] = await self.calls.productions([["id", "=", id_]])
        moves = [one for one in await self.calls.moves(made.outputs) if one.state == "done"]
        good = sum((one.quantity for one in moves if not one.scrap), Decimal(0))
        return made.state, good, sum((one.quantity for one in moves if one.scrap), Decimal(0))

    async def stock(self, code: str) -> float:
        """What lies in stock of a product."""
        [storage] = await self._read("stock.location", [["code", "=", "STO"]], [])
        [product] = await self._read("product.product", [["code", "=", code]], [])
        context = {"locations": [storage["id"]], "stock_date_end": date.today()}  # noqa: DTZ011  - Tryton's own days
        read: Any = await self.calls.ask("model.product.product.read", [product["id"]], ["quantity"], context=context)
        return float(read[0]["quantity"])

    async def _read(self, model: str, clause: list[Any], fields: list[str]) -> Any:
        return await self.calls.ask(f"model.{model}.search_read", clause, 0, None, None, fields)


class Way(Enum):
    """What the proxy does with a change."""

    LOST_BEFORE = "not passed on, and no answer"
    LOST_AFTER = "passed on, and the answer is lost"
    LATE = "stalled, and passed on when nobody waits for it any more"
    BROKEN = "502, and not passed on"


@dataclass
class Proxy:
    """Before Tryton. Each kind of change meets each way in turn, then passes; while `away` is set all is closed."""

    upstream: str
    ways: list[Way] = field(default_factory=list)
    late_s: float = 3.5
    away: threading.Event = field(default_factory=threading.Event)
    met: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._turn = threading.Lock()
        self.server = LocalServer(self.answer, "HTTP/1.1")

    @property
    def url(self) -> str:
        return self.server.url

    def close(self) -> None:
        self.server.close()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        asked.close_connection = True
        body = asked.rfile.read(int(asked.headers["Content-Length"]))
        if self.away.is_set():
            return
        way = self._way(body)
        if way is Way.LATE:
            time.sleep(self.late_s)
            self._pass(asked, body)
        if way in (Way.LATE, Way.LOST_BEFORE):
            return
        if way is Way.BROKEN:
            asked.send_response(502)
            asked.send_header("Content-Length", "0")
            asked.end_headers()
            return
        status, said = self._pass(asked, body)
        if way is Way.LOST_AFTER:
            return
        asked.send_response(status)
        asked.send_header("Content-Length", str(len(said)))
        asked.end_headers()
        asked.wfile.write(said)

    def _way(self, body: bytes) -> Way | None:
        found = CHANGES.search(body)
        if found is None:
            return None
        kind = b".".join(found.groups()).decode()
        with self._turn:
            number = self.met[kind]
            self.met[kind] += 1
        return self.ways[number] if number < len(self.ways) else None

    def _pass(self, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
        headers = {name: asked.headers[name] for name in ("Content-Type", "Authorization") if asked.headers[name]}
        answer = httpx.post(f"{self.upstream}{asked.path}", content=body, headers=headers, timeout=UPSTREAM_S)
        found = CHANGES.search(body)
        if found is not None:
            self.passed[b".".join(found.groups()).decode()] += 1
        return answer.status_code, answer.content
