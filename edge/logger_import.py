"""Data loggers' CSV files → batches, for the backlog. The position in a file travels with its frames."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import structlog

from contract.gap import MAX_US
from contract.sample import Quality
from edge.buffer.batch import Batch
from edge.channel import Channel, Floats, Ints, Meaning
from edge.logger_form import COLUMNS, Form, form_of, line_of
from edge.replay import Replay, Told

log = structlog.get_logger()
HEADER = ",".join(COLUMNS)
ROWS_A_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Portion:
    """A batch, and the byte up to which its file has been read."""

    batch: Batch | None
    position: int


def files_of(folder: Path, edge_id: str) -> list[Path]:
    """The files that are waiting for this edge, oldest number first: <edge id>-<number>.csv."""
    pattern = re.compile(rf"{re.escape(edge_id)}-(\d+)\.csv")
    found = [(int(match[1]), path) for path in folder.glob("*.csv") if (match := pattern.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def portions(path: Path, position: int, channels: Mapping[tuple[str, str], Channel], now_us: int) -> Iterator[Portion]:
    """The rows of a file from a byte on, in portions; rows that cannot be used are passed over, counted and told.

    States that are made of several tags come with the rows of these, where the rows are in the order of time.

    A last line that was torn is told, and no portion's position is behind it.
    """
    broken = 0
    made = Made(channels.values())
    read = {name: channel for name, channel in channels.items() if not channel.tag.made}
    with path.open("rb") as file:
        try:
            form = form_of(file)
        except ValueError:
            form = None
        if form is None:
            log.error("logger_file_refused", file=str(path), reason=f"its first line is not {HEADER}")
            return
        position = max(position, file.tell())
        while True:
            file.seek(position)
            rows, failed, position = _rows(file, form, path, read, broken == 0)
            broken += failed
            if not rows and not failed:
                break
            yield Portion(_batch(rows, now_us, made) if rows else None, position)
        torn = file.tell() - position
    if torn:
        log.warning("logger_line_torn", file=str(path), from_byte=position, bytes=torn, effect="this line is not read")
    if broken:
        log.warning("logger_rows_skipped", file=str(path), rows=broken)


def _rows(
    file: IO[bytes], form: Form, path: Path, channels: Mapping[tuple[str, str], Channel], tell: bool
) -> tuple[list[tuple[int, Channel, float]], int, int]:
    """Some rows, how many could not be used, and the position after the last whole line."""
    rows = []
    failed = 0
    position = file.tell()
    for _ in range(ROWS_A_BATCH):
        line = line_of(file, form.encoding)
        if not form.is_whole(line):
            break  # the end, or a last line that was torn
        position += len(line)
        try:
            at, machine, tag, raw = form.cells(line)
            at_us, number = int(at), form.number(raw)
            if not 0 <= at_us < MAX_US:
                raise ValueError(f"{at} is outside 1970 to 2200")
            channel = channels[machine, tag]
            if channel.tag.type == "string":
                raise ValueError(f"{machine}/{tag} is a text: a logger's file holds numbers")
            rows.append((at_us, channel, number))
        except (ValueError, KeyError, csv.Error) as err:
            if tell and failed == 0:
                log.warning("logger_row_broken", file=str(path), before_byte=position, reason=str(err)[:200])
            failed += 1
    return rows, failed, position


class Made:
    """The states of each machine that are made of several tags, while its rows are read."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        machines: dict[str, list[Channel]] = {}
        for channel in sorted(channels, key=lambda channel: channel.tag.made):
            machines.setdefault(channel.machine, []).append(channel)
        self.replays = {name: Replay(own) for name, own in machines.items() if own[-1].tag.made}
        self.places = {
            channel.series: place for replay in self.replays.values() for place, channel in enumerate(replay.channels)
        }

    def of(self, channels: Sequence[Channel], at: Ints, value: Floats, quality: Ints) -> list[Told]:
        """The states that come with some rows; rows of one machine and instant make one reading."""
        readings: dict[tuple[int, str], dict[int, tuple[float, int]]] = {}
        for channel, when, number, good in zip(channels, at.tolist(), value.tolist(), quality.tolist(), strict=True):
            if channel.machine in self.replays:
                readings.setdefault((when, channel.machine), {})[self.places[channel.series]] = (number, good)
        return [told for (when, name), some in readings.items() for told in self.replays[name].feed(when, some)]


def _batch(rows: list[tuple[int, Channel, float]], now_us: int, made: Made) -> Batch:
    """As a poll would have made it: the same meaning of every raw number, and the states that are made of them."""
    at = np.array([row[0] for row in rows], np.int64)
    raw = np.array([row[2] for row in rows], np.float64)
    channels = [row[1] for row in rows]
    value, quality, _ = Meaning(channels).values(raw, np.full(raw.size, int(Quality.GOOD), np.int64))
    told = made.of(channels, at, value, quality)
    series = [*(channel.series for channel in channels), *(one.channel.series for one in told)]
    at = np.append(at, np.array([one.at_us for one in told], np.int64))
    value = np.append(value, np.array([one.value for one in told], np.float64))
    quality = np.append(quality, np.array([one.quality for one in told], np.int64))
    return Batch(series, np.full(at.size, now_us, np.int64), at, value, quality)
