"""Which edition of the world's time zone rules this machine uses; results are stored with it."""

import zoneinfo
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def zone_rules(zone: str) -> str:
    """Such as '2025b', of the files that the zone is read from, the system's or the package's; '' when untold."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / zone).is_file():
            return _told(folder / "tzdata.zi").removeprefix("# version ") or _told(folder / "+VERSION")
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return ""


def _told(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as lines:
            return lines.readline().strip()
    except OSError:
        return ""
