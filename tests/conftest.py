"""Real parts for all tests: a PostgreSQL, a TimescaleDB, a broker, free ports."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import httpx
import httpx._transports.default as transports
import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings

from laptop.broker import LocalBroker, mosquitto
from laptop.postgres import EmbeddedPostgres
from runtime.database import migrate
from tests.ports import ports
from tests.support.databases import cloned, drop_database, make_database
from tests.support.memory import folder_in_memory
from tests.support.size import sized

# How long a case takes is a matter for `make bench`: here the machine is shared.
settings.register_profile(
    "shared", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=sized(100, at_least=30)
)
settings.load_profile("shared")
# The renderer for people shows all locals of a traceback: of our columns that takes minutes.
plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
STEPPED_BACK = 5
# Each time that somebody asks for a page it would read the certificates of all authorities, for 30 ms.
transports.create_ssl_context = cache(httpx.create_ssl_context)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole systems run one after the other, the fault matrix first: two of them would slow each other down."""
    for item in items:
        if item.get_closest_marker("journey") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("systems"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Where xdist did not name the groups, each worker would run the whole fault matrix, and nobody would see it."""
    if session.config.getoption("loadgroup", False):
        for item in session.items:
            mark = item.get_closest_marker("xdist_group")
            together = mark is None or item.nodeid.endswith(f"@{mark.args[0]}")
            assert together, "pytest-xdist keeps no groups together with this pytest: install by constraints.txt"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Systems are compared with the truth to a quarter of a second: whatever runs beside them steps back for good."""
    mark = item.get_closest_marker("xdist_group")
    beside = hasattr(item.config, "workerinput") and (mark is None or mark.args[0] != "systems")
    if beside and os.nice(0) < STEPPED_BACK:
        os.nice(STEPPED_BACK)


@pytest.fixture(scope="session")
def free_port(worker_id: str) -> Callable[[], int]:
    """Ports that are free and were not given out before, nor by a worker beside this one."""
    return ports(int(worker_id.removeprefix("gw").removeprefix("master") or 0))


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that a server running as another user can enter, unlike pytest's own; in memory where that can be."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_url(open_folder: Path) -> Iterator[str]:
    """The server of this test run: the embedded one, or the one in SHOPFLOOR_TEST_DATABASE."""
    given = os.environ.get("SHOPFLOOR_TEST_DATABASE")
    if given:
        yield given
        return
    server = EmbeddedPostgres(open_folder / "postgres")
    url = server.start()
    with psycopg.connect(url, autocommit=True) as conn:
        # Most of the work of making a database for each test; a test that pulls a plug has a server of its own.
        for setting in ("wal_compression", "fsync", "full_page_writes"):
            conn.execute(f"ALTER SYSTEM SET {setting} = off")
        conn.execute("ALTER SYSTEM SET max_wal_size = '512MB'")
        conn.execute("SELECT pg_reload_conf()")
    yield url
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
    with cloned(postgres_url, template) as url:
        yield url


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
