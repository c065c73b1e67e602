"""The embedded PostgreSQL: it keeps its data, survives kill -9, and never touches what is not its own."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from laptop.ports import answers
from laptop.postgres import EmbeddedPostgres, is_our_postgres
from laptop.programs import PostgresTrouble
from tests.support.eventually import eventually

HOLD = """
import sys, time
from pathlib import Path
from laptop.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), open_place=Path(sys.argv[2]))
print(server.start(), server.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def server(tmp_path: Path, open_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server that has not started, in a folder that pytest closes to other users."""
    made = EmbeddedPostgres(tmp_path / "postgres", open_place=open_folder)
    yield made
    made.stop()


def remember(url: str) -> None:
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS memory (n integer)")
        conn.execute("INSERT INTO memory VALUES (1)")


def remembered(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT count(*) FROM memory").fetchone()
        return int(row[0]) if row else 0


def pid_of(server: EmbeddedPostgres) -> int:
    assert server.process is not None
    return server.process.pid


def test_data_port_and_password_are_the_same_after_a_restart(server: EmbeddedPostgres) -> None:
    first = server.start()
    remember(first)
    server.stop()

    second = server.start()

    assert second == first
    assert remembered(second) == 1


def test_it_is_not_run_by_root_and_needs_its_password(server: EmbeddedPostgres) -> None:
    url = server.start()
    password = (server.folder / "password").read_text()

    assert os.stat(f"/proc/{pid_of(server)}").st_uid != 0
    assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(password, "postgres"))


def test_committed_rows_survive_kill_9_of_the_server(server: EmbeddedPostgres) -> None:
    url = server.start()
    remember(url)
    os.kill(pid_of(server), signal.SIGKILL)
    assert server.process is not None
    server.process.wait(10)
    server.stop()

    again = server.start()

    assert remembered(again) == 1


def test_a_pid_file_that_names_a_stranger_neither_ends_the_stranger_nor_stops_the_start(
    server: EmbeddedPostgres,
) -> None:
    remember(server.start())
    pid_file = server.folder / "data" / "postmaster.pid"
    text = pid_file.read_text()
    os.kill(pid_of(server), signal.SIGKILL)
    assert server.process is not None
    server.process.wait(10)
    server.stop()
    stranger = subprocess.Popen(["sleep", "600"])
    pid_file.write_text("\n".join([str(stranger.pid), *text.splitlines()[1:]]) + "\n")

    url = server.start()

    assert remembered(url) == 1
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait(10)


def test_a_second_one_on_the_same_folder_is_refused_in_one_line(server: EmbeddedPostgres, open_folder: Path) -> None:
    asked = server.folder
    url = server.start()
    second = EmbeddedPostgres(asked, open_place=open_folder)

    with pytest.raises(PostgresTrouble, match="in use by another shopfloor"):
        second.start()

    second.stop()
    remember(url)


def test_it_ends_when_its_starter_is_killed_and_starts_again(server: EmbeddedPostgres, open_folder: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(server.folder), str(open_folder)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    url, pid = starter.stdout.readline().split()
    remember(url)
    starter.kill()
    starter.wait(10)
    starter.stdout.close()
    eventually("its end", lambda: not is_our_postgres(int(pid), server.folder / "data"))

    again = server.start()

    assert remembered(again) == 1


def test_another_port_is_taken_when_somebody_has_ours(server: EmbeddedPostgres) -> None:
    first = server.start()
    server.stop()
    port = psycopg.conninfo.conninfo_to_dict(first)["port"]
    squatter = subprocess.Popen([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"])
    eventually("the stranger's answer", lambda: answers(int(str(port))))

    second = server.start()

    assert psycopg.conninfo.conninfo_to_dict(second)["port"] != port
    squatter.kill()
    squatter.wait(10)


def test_an_interrupted_first_start_is_begun_anew(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.folder / "data").rename(server.folder / "data-unfinished")

    remember(server.start())


def test_a_lost_password_file_never_costs_the_data(server: EmbeddedPostgres) -> None:
    url = server.start()
    remember(url)
    server.stop()
    kept = (server.folder / "password").rename(server.folder / "password.kept")

    with pytest.raises(PostgresTrouble, match="password is lost: put it back"):
        server.start()

    server.stop()
    kept.rename(server.folder / "password")
    assert remembered(server.start()) == 1


def test_a_start_that_cannot_work_says_what_the_server_said(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    with (server.folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")

    with pytest.raises(PostgresTrouble, match=r"server\.log says: .*configuration"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_normal_user_can_run_it(open_folder: Path) -> None:
    nobody: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": ()}
    python = next((name for name in (sys.executable, _system_python()) if _runs(name, nobody)), None)
    if python is None:
        pytest.skip(f"a normal user can run neither {sys.executable} nor {_system_python()}")
    folder = open_folder / "normal"
    folder.mkdir()
    os.chown(folder, 65534, 65534)

    starter = subprocess.Popen(
        [python, "-c", HOLD, str(folder / "postgres"), "/nowhere"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])},
        **nobody,
    )
    assert starter.stdout is not None
    url, pid = starter.stdout.readline().split()
    remember(url)

    starter.kill()
    starter.wait(10)
    starter.stdout.close()
    eventually("its end", lambda: not is_our_postgres(int(pid), folder / "postgres" / "data"))


def _system_python() -> str:
    """The same Python where every user can run it."""
    return f"/usr/bin/python3.{sys.version_info.minor}"


def _runs(python: str, user: dict[str, Any]) -> bool:
    try:
        return subprocess.run([python, "-c", ""], check=False, capture_output=True, **user).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root the data lie elsewhere, behind a link")
def test_whoever_deletes_his_data_folder_begins_anew(open_folder: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for _ in range(2):
        server = EmbeddedPostgres(closed / "postgres", open_place=open_folder)
        url = server.start()
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE TABLE mine ()")  # it is there already where the old data came back
        server.stop()
        (closed / "postgres").unlink()
