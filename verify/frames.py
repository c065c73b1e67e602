"""The frames of a receipt in a folder → are they those, and do they hold the samples that the receipt names?"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from verify.law import NotAReceipt, need, same

Row = dict[str, Any]
Key = tuple[str, int, int]
RUNS = ("source", "quality")


def check_frames(r: Row, folder: Path) -> list[str]:
    """What was not checked, as lines; Differs at the first frame or sample that is another one.

    A file holds one message as it went over MQTT, or one in each line.
    """
    if not folder.is_dir():
        raise NotAReceipt(f"--frames: there is no folder {folder}: give one with messages as they went over MQTT")
    wanted = {(frame["node"], frame["epoch"], frame["seq"]): n for n, frame in enumerate(r["frames"])}
    held: dict[int, set[tuple[Any, ...]]] = {}
    for payload, frame in messages(folder):
        n = wanted.get(key_of(frame))
        if n is not None:
            same(f"frames.{n}.sha256", r["frames"][n]["sha256"], hashlib.sha256(payload).hexdigest())
            held[n] = samples_in(frame)
    checked = 0
    for place, name, sample in samples_of(r):
        if sample is not None and sample["frame"] in held:
            row = (name, sample["at"], sample["value"], sample["quality"])
            need(place, row in held[sample["frame"]], f"frame {sample['frame']} holds no such sample")
            checked += 1
    missing = len(wanted) - len(held)
    return [f"{checked} samples are in their frames"] + [f"{missing} frames that are not in {folder}"] * bool(missing)


def messages(folder: Path) -> Iterator[tuple[bytes, Row]]:
    """Every message in the folder that may be a frame."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        for line in file.read_bytes().splitlines():
            try:
                frame = json.loads(line)
            except ValueError:
                continue
            if isinstance(frame, dict) and {"node", "epoch", "seq", "series", "value"} <= set(frame):
                yield line, frame


def key_of(frame: Row) -> Key:
    """By what a frame is known."""
    return frame["node"], frame["epoch"], frame["seq"]


def samples_in(frame: Row) -> set[tuple[Any, ...]]:
    """The samples of a frame: series, microsecond, value, quality."""
    index = [first + n for first, count in pairs(frame["index"]) for n in range(count)]
    source, quality = ([value for value, count in pairs(frame[name]) for _ in range(count)] for name in RUNS)
    columns = zip(index, source, frame["value"], quality, strict=True)
    return {(frame["series"][i], frame["base_us"] + at, value, good) for i, at, value, good in columns}


def pairs(runs: list[int]) -> Iterator[tuple[int, int]]:
    """A column's runs: a value, and how often it stands in a row."""
    return zip(runs[::2], runs[1::2], strict=True)


def samples_of(r: Row) -> Iterator[tuple[str, str, Row | None]]:
    """Each sample that a receipt names: its place, the name of its series, and what is said of it."""
    for m, part in enumerate(r["machines"]):
        for n, state in enumerate(part["states"]):
            yield f"machines.{m}.states.{n}.sample", f"{part['machine']}/{part['tags'].get('state')}", state["sample"]
        for counter, steps in part["steps"].items():
            for n, step in enumerate(steps):
                for key in ("sample", "since_sample"):
                    place = f"machines.{m}.steps.{counter}.{n}.{key}"
                    yield place, f"{part['machine']}/{part['tags'].get(counter)}", step[key]
