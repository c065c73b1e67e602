"""A folder in memory for the data of servers: making and dropping a thousand databases is mostly making small files.

What a killed program had written is there in memory as it is on a disk; no test cuts the power of the machine.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.size import WHOLE

MEMORY = Path("/dev/shm")
ENOUGH = 4_000_000_000
LEFT_AFTER_S = 60


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """One that any user can enter, for as long as it is needed; on a disk in a whole run, or where memory is short."""
    where = MEMORY if _fits() else None
    if where is not None:
        _delete_what_was_left(where)
    folder = Path(tempfile.mkdtemp(prefix="shopfloor-tests-", dir=where))
    folder.chmod(0o755)
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    try:
        yield folder
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def _fits() -> bool:
    """Docker allows 64 MB there, and no programs; the server's may lie beside its data."""
    if WHOLE or not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return False
    here = os.statvfs(MEMORY)
    return here.f_bavail * here.f_frsize >= ENOUGH and not here.f_flag & os.ST_NOEXEC


def _delete_what_was_left(where: Path) -> None:
    """By runs that were killed: nobody holds it."""
    for folder in where.glob("shopfloor-tests-*"):
        try:
            if time.time() - folder.stat().st_mtime < LEFT_AFTER_S:
                continue
            held = os.open(folder, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(held)
