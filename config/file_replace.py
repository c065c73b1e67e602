"""A new file in place of an old one: whole or not at all, whatever happens."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


class CannotReplace(ValueError):
    """The file stays as it is; the text has the cure."""


def replace(path: Path, was: bytes | None, content: bytes) -> None:
    """Write `content` where `was` stands (None: nothing yet), with the same rights; CannotReplace changes nothing."""
    if _bytes(path) != was:
        raise CannotReplace(f"{path}: somebody has changed it meanwhile: begin again")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                file.write(content)
                file.flush()
                if was is not None:
                    _same_rights(path, file.fileno())
                os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as err:
        raise CannotReplace(f"{path}: cannot be written ({err.strerror}): make room, or ask for the right to") from err


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as err:
        raise CannotReplace(f"{path}: cannot be read ({err.strerror}): give the path of a file") from err


def _same_rights(path: Path, descriptor: int) -> None:
    status = path.stat()
    os.fchmod(descriptor, status.st_mode & 0o7777)
    with suppress(PermissionError):
        os.fchown(descriptor, status.st_uid, status.st_gid)
