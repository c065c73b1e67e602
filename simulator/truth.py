"""Events → the truth file: one JSON line for each, which nothing but tests reads."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from config.device import Role
from simulator.floor import Floor
from simulator.machine import Event

COUNTS = {Role.TOTAL_COUNT: "total", Role.GOOD_COUNT: "good", Role.SCRAP_COUNT: "scrap"}


class Before(NamedTuple):
    """What an older truth file tells: how often the simulator has started, and when its truth ends, if it has any."""

    runs: int
    end_us: int | None


class TruthFile:
    """Appends lines; each is with the operating system when `write` returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _end_last_line(path)
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, lines: Iterable[str]) -> None:
        """All lines at once."""
        self._file.writelines(lines)
        self._file.flush()


def read_before(path: Path) -> Before:
    """What the file of earlier runs tells; nothing when there is none. A half line at its end is passed over."""
    if not path.exists():
        return Before(0, None)
    runs, tail = 0, deque[str](maxlen=3)
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            runs += '"event":"start"' in line
            tail.append(line)
    for line in reversed(tail):
        try:
            return Before(runs, int(json.loads(line)["at_us"]))
        except (ValueError, KeyError, TypeError):
            continue
    return Before(runs, None)


def start_lines(floor: Floor, seed: int, run: int, at_us: int) -> Iterator[str]:
    """The start, and for each machine what its PLC shows then; after a restart also that its counters are reset."""
    yield f'{{"at_us":{at_us},"event":"start","seed":{seed},"run":{run}}}\n'
    for machine in floor.machines.values():
        head = f'{{"at_us":{at_us},"machine":"{machine.id}","event":'
        counts = "".join(f',"{COUNTS[role]}":{counter.value}' for role, counter in machine.counters.items())
        if run:
            yield f'{head}"reset"}}\n'
        yield f'{head}"counters"{counts}}}\n'
        yield f'{head}"state","state":"{machine.shown}"}}\n'
        yield f'{head}"product","product":"{machine.product}"}}\n'


def line_of(event: Event, at_us: int) -> str:
    """The line of an event, or nothing for moving process values; `at_us` is when the PLC showed it."""
    head = f'{{"at_us":{at_us},"machine":"{event.machine}","event":"{event.kind}"'
    match event.kind:
        case "state":
            return f'{head},"state":"{event.word}"}}\n'
        case "part":
            return f'{head},"good":{"true" if event.good else "false"},"product":"{event.word}"}}\n'
        case "product":
            return f'{head},"product":"{event.word}"}}\n'
        case "reset":
            return f"{head}}}\n"
        case "values":
            return ""


def stop_line(at_us: int) -> str:
    """The simulator ends; all intervals end with it."""
    return f'{{"at_us":{at_us},"event":"stop"}}\n'


def _end_last_line(path: Path) -> None:
    """A run that was killed may have left half a line: begin a new one after it."""
    if path.exists() and path.stat().st_size:
        with path.open("rb+") as file:
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.write(b"\n")
