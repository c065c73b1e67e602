"""A server that stands still for a while, as behind a disk that does not answer: every connection stays open."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from laptop.postgres import EmbeddedPostgres


@contextmanager
def frozen(server: EmbeddedPostgres) -> Iterator[None]:
    """SIGSTOP to all its processes; SIGCONT at the end."""
    freeze(server)
    try:
        yield
    finally:
        thaw(server)


def freeze(server: EmbeddedPostgres) -> None:
    """Stand still, the parent first: no new process can begin."""
    for pid in _processes(server):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)


def thaw(server: EmbeddedPostgres) -> None:
    """Go on."""
    for pid in reversed(_processes(server)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _processes(server: EmbeddedPostgres) -> list[int]:
    assert server.process is not None
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *(int(pid) for pid in children)]
