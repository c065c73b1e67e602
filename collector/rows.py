"""Frames → one block of PostgreSQL's binary COPY. Pure, vectorised.

A row has a fixed layout, so a structured numpy array is the bytes themselves.
A NULL has length -1 and no bytes, so BAD samples have a layout of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contract.frame import Frame
from contract.sample import HELD_OUT, TEXT

POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01, where PostgreSQL counts from
HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
COLUMNS = ("at", "edge_at", "series", "epoch", "seq", "value", "quality", "node")
COPY = f"COPY sample ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)"
TYPES = {
    "at": ">i8",
    "edge_at": ">i8",
    "series": ">i4",
    "epoch": ">i4",
    "seq": ">i8",
    "value": ">f8",
    "quality": ">i2",
    "node": ">i2",
}


def _layout(null: frozenset[str] = frozenset()) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name in COLUMNS:
        fields.append((f"{name}_length", ">i4"))
        if name not in null:
            fields.append((name, TYPES[name]))
    return np.dtype(fields)


WITH_VALUE = _layout()
WITHOUT_VALUE = _layout(frozenset({"value"}))


@dataclass(frozen=True, slots=True)
class Numbered:
    """A frame with the numbers that stand for its names in the database: series[i] for frame.series[i]."""

    frame: Frame
    node: int
    series: np.ndarray[tuple[int], np.dtype[np.int32]]
    held_out: np.ndarray[tuple[int], np.dtype[np.bool_]]
    texts: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None


def copy_block(frames: Sequence[Numbered]) -> bytes:
    """All samples of one or more frames, ready for COPY."""
    parts = [HEADER]
    for layout, null in ((WITH_VALUE, False), (WITHOUT_VALUE, True)):
        for numbered in frames:
            chosen = (np.asarray(numbered.frame.quality, np.int16) == 2) == null
            if chosen.any():
                parts.append(_rows(numbered, chosen, layout).tobytes())
    return b"".join([*parts, TRAILER])


def _rows(
    numbered: Numbered, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]], layout: np.dtype[np.void]
) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    frame = numbered.frame
    rows = np.zeros(int(chosen.sum()), layout)
    names = layout.names or ()
    rows["fields"] = len(COLUMNS)
    for name in COLUMNS:
        rows[f"{name}_length"] = np.dtype(TYPES[name]).itemsize if name in names else -1
    rows["at"] = frame.source_us[chosen] - POSTGRES_EPOCH_US
    rows["edge_at"] = frame.edge_us[chosen] - POSTGRES_EPOCH_US
    rows["series"] = numbered.series[np.asarray(frame.index, np.int64)[chosen]]
    rows["epoch"] = frame.epoch
    rows["seq"] = frame.seq
    if "value" in names:
        # None becomes nan, and a nan can stand only where it was None: the contract refuses it elsewhere.
        rows["value"] = _values(numbered)[chosen]
    rows["quality"] = (np.asarray(frame.quality, np.int16) + HELD_OUT * numbered.held_out)[chosen]
    rows["node"] = numbered.node
    return rows


def _values(numbered: Numbered) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    value = np.asarray(numbered.frame.value, np.float64)
    if numbered.texts is not None:
        is_text = np.asarray(numbered.frame.quality, np.int16) >= TEXT
        value[is_text] = numbered.texts[value[is_text].astype(np.int64)]
    return value
