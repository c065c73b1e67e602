"""Real parts for all tests: a PostgreSQL, a TimescaleDB, a broker, free ports."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from contract.database import migrate
from laptop.broker import LocalBroker, mosquitto
from laptop.ports import free_port as any_free_port
from laptop.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Ports that are free and were not given out before."""
    given: set[int] = set()

    def give() -> int:
        port = any_free_port()
        while port in given:
            port = any_free_port()
        given.add(port)
        return port

    return give


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that a server running as another user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="shopfloor-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(open_folder: Path) -> Iterator[str]:
    """The server of this test run: the embedded one, or the one in SHOPFLOOR_TEST_DATABASE."""
    given = os.environ.get("SHOPFLOOR_TEST_DATABASE")
    if given:
        yield given
        return
    server = EmbeddedPostgres(open_folder / "postgres")
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def timescale_url() -> str:
    """A server with TimescaleDB, from SHOPFLOOR_TEST_TIMESCALE_URL; .ci/run starts one."""
    given = os.environ.get("SHOPFLOOR_TEST_TIMESCALE_URL")
    if not given:
        pytest.skip("no TimescaleDB: set SHOPFLOOR_TEST_TIMESCALE_URL to a server that has it")
    return given


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """The name of a migrated, empty database from which each test's own is cloned."""
    name = f"template_{uuid4().hex[:8]}"
    migrate(make_database(postgres_url, name))
    return name


@pytest.fixture
def database(postgres_url: str, template: str) -> Iterator[str]:
    """The URL of a migrated, empty database of this test's own."""
    name = f"test_{uuid4().hex[:12]}"
    yield make_database(postgres_url, name, template)
    drop_database(postgres_url, name)


@pytest.fixture
def timescale(timescale_url: str) -> Iterator[str]:
    """As `database`, on the server with TimescaleDB."""
    name = f"test_{uuid4().hex[:12]}"
    url = make_database(timescale_url, name)
    migrate(url)
    yield url
    drop_database(timescale_url, name)


@pytest.fixture
def broker(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[LocalBroker]:
    """A running broker of this test's own: Mosquitto when it is installed, else amqtt."""
    local = LocalBroker(tmp_path / "broker", free_port())
    local.start()
    yield local
    local.stop()


@pytest.fixture(params=["mosquitto", "amqtt"])
def any_broker(request: pytest.FixtureRequest, tmp_path: Path, free_port: Callable[[], int]) -> Iterator[LocalBroker]:
    """A running broker of each kind in turn."""
    if request.param == "mosquitto" and mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    local = LocalBroker(tmp_path / "broker", free_port(), request.param)
    local.start()
    yield local
    local.stop()


def make_database(server: str, name: str, template: str = "template0") -> str:
    """The URL of a new database on a server."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def drop_database(server: str, name: str) -> None:
    """End whoever is still connected, and drop it."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
