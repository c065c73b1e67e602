"""What a part of the system uses: CPU seconds and memory of a process and all that it started, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds since the start, user and system, and resident bytes; a page that is shared counts in parts."""

    cpu_s: float
    memory: int


def usage(pid: int) -> Usage:
    """Of a process and its descendants; those that have ended count, once their parent knows."""
    cpu, memory, family = 0, 0, [pid]
    while family:
        one = family.pop()
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            memory += _proportional(one)
            family += _children(one)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        cpu += sum(int(field) for field in fields[11:15])
    return Usage(cpu / TICKS, memory)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def _proportional(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
