"""A Tryton of one's own on this machine: installed from PyPI into an environment of its own, filled, started, ended.

Nothing of it is installed beside shopfloor: Tryton is under the GPL and has other needs.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.plant import Plant
from laptop.processes import end_with_parent

# The one series that the connector is tested with.
PINNED = ("trytond==8.2.1", "trytond_production==8.2.0", "proteus==8.2.0")
DATABASE, USER = "shopfloor", "mes"
SECONDS_TO_START = 120
ORDERED = 2000.0


class TrytonTrouble(RuntimeError):
    """Tryton cannot be installed or started; the text says why and what to do."""


def never() -> bool:
    """Nobody wants it to end."""
    return False


@dataclass
class LocalTryton:
    """`folder` holds its environment and its database; both stay, so that the next start takes seconds."""

    folder: Path
    port: int
    products: Mapping[str, str]
    orders: Mapping[str, float] = field(default_factory=dict)
    cancelled: Callable[[], bool] = never
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def there(self) -> bool:
        """Whether an earlier start has made it."""
        return (self.folder / "database").exists()

    @property
    def password(self) -> str:
        """What mes logs in with."""
        return self._secret("mes.password")

    @property
    def admin_password(self) -> str:
        """What a person logs in with, as admin."""
        return self._secret("admin.password")

    def settings(self) -> dict[str, str]:
        """What mes needs to know of it."""
        names = ("URL", "DATABASE", "USER", "PASSWORD")
        values = (self.url, DATABASE, USER, self.password)
        return {f"SHOPFLOOR_TRYTON_{name}": value for name, value in zip(names, values, strict=True)}

    def prepare(self) -> None:
        """Install and fill what is not there yet, or TrytonTrouble."""
        self.folder = self.folder.absolute()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._install()
        self._fill()

    def start(self) -> str:
        """Start the server, prepared; its URL, or TrytonTrouble."""
        self.prepare()
        log = self.folder / "tryton.log"
        with log.open("ab") as file:
            # Without -d the first question fails.
            arguments = [self._program("trytond"), "-c", self._configuration(), "-d", DATABASE]
            self._server = subprocess.Popen(
                arguments,
                stdout=file,
                stderr=file,
                stdin=subprocess.DEVNULL,
                env=self._environment(),
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509  - only a system call, before any thread of ours runs
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline or self.cancelled():
                self.stop()
                raise TrytonTrouble(f"Tryton does not answer at {self.url}: see {log}")
            time.sleep(0.2)
        return self.url

    def stop(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None

    def _install(self) -> None:
        environment, done = self.folder / "environment", self.folder / "environment.stamp"
        wanted = " ".join(PINNED)
        if done.exists() and done.read_text(encoding="utf-8") == wanted:
            return
        self._run([sys.executable, "-m", "venv", "--clear", str(environment)], "cannot make an environment")
        pip = [str(environment / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        self._run([*pip, *PINNED], "cannot install Tryton from PyPI")
        done.write_text(wanted, encoding="utf-8")

    def _fill(self) -> None:
        """Made beside and moved when whole: one that was interrupted is made anew."""
        database, unfinished = self.folder / "database", self.folder / "unfinished"
        if database.exists():
            return
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        (unfinished / f"{DATABASE}.sqlite").touch()
        admin = self.folder / "admin.password"
        self.admin_password  # noqa: B018  - written once
        file = self._configuration("unfinished")
        own = {"TRYTONPASSFILE": str(admin)}
        tables = [self._program("trytond-admin"), "-c", file, "-d", DATABASE, "-u", "production"]
        tables += ["--activate-dependencies", "--email", "admin@localhost"]
        self._run(tables, "cannot make Tryton's tables", own)
        asked = json.dumps({"products": dict(self.products), "orders": dict(self.orders), "user": USER})
        catalogue = str(Path(__file__).with_name("tryton_catalogue.py"))
        filled = [self._program("python"), "-P", catalogue, file, DATABASE, asked]
        self._run(filled, "cannot fill Tryton", {"SHOPFLOOR_TRYTON_PASSWORD": self.password})
        unfinished.rename(database)

    def _configuration(self, folder: str = "database") -> str:
        path = self.folder / f"{folder}.conf"
        text = f"[database]\nuri = sqlite://\npath = {self.folder / folder}\n[web]\nlisten = 127.0.0.1:{self.port}\n"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def _secret(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            path.touch(0o600)
            path.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        return path.read_text(encoding="utf-8")

    def _program(self, name: str) -> str:
        return str(self.folder / "environment/bin" / name)

    def _environment(self) -> dict[str, str]:
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_FIND_LINKS")
        return {name: os.environ[name] for name in kept if name in os.environ}

    def _run(self, arguments: list[str], what: str, own: Mapping[str, str] | None = None) -> None:
        environment = self._environment() | dict(own or {})
        with subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, text=True
        ) as running:
            while running.poll() is None:
                if self.cancelled():
                    running.terminate()
                    raise TrytonTrouble("ended before Tryton was there")
                try:
                    said, _ = running.communicate(timeout=0.5)
                    break
                except subprocess.TimeoutExpired:
                    continue
            else:
                said = running.stdout.read() if running.stdout else ""
        if running.returncode:
            last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
            raise TrytonTrouble(f"{what}: {last[:300]}")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=2):  # noqa: S310  - our own address
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


def local_to(folder: Path, port: int, plant: Plant, cancelled: Callable[[], bool]) -> LocalTryton:
    """A Tryton with the products of a plant, and with an order of each that has a place where it is made."""
    products = {one.erp_number or one.id: one.name.en or one.id for one in plant.products}
    orders = {one.erp_number or one.id: ORDERED for one in plant.products if one.made_at is not None}
    return LocalTryton(folder, port, products, orders, cancelled)
