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
            chosen = np.flatnonzero((numbered.frame.columns.quality == 2) == null)
            if chosen.size:
                parts.append(_rows(numbered, chosen, layout).tobytes())
    return b"".join([*parts, TRAILER])


def _rows(
    numbered: Numbered, chosen: np.ndarray[tuple[int], np.dtype[np.int64]], layout: np.dtype[np.void]
) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    frame = numbered.frame
    every = chosen.size == frame.size
    names = layout.names or ()
    # All that is the same in every row comes from one row.
    rows = np.repeat(_like(numbered, layout), chosen.size)
    for name, column in (
        ("at", frame.columns.source_us - POSTGRES_EPOCH_US),
        ("edge_at", frame.columns.edge_us - POSTGRES_EPOCH_US),
        ("series", numbered.series[frame.columns.index]),
        # None became nan, and a nan can stand only where it was None: the contract refuses it elsewhere.
        ("value", _values(numbered)),
        ("quality", frame.columns.quality + HELD_OUT * numbered.held_out),
    ):
        if name in names:
            rows[name] = column if every else column[chosen]
    return rows


def _like(numbered: Numbered, layout: np.dtype[np.void]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    row = np.zeros(1, layout)
    names = layout.names or ()
    row["fields"] = len(COLUMNS)
    for name in COLUMNS:
        row[f"{name}_length"] = np.dtype(TYPES[name]).itemsize if name in names else -1
    row["epoch"], row["seq"], row["node"] = numbered.frame.epoch, numbered.frame.seq, numbered.node
    return row


def _values(numbered: Numbered) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    value = numbered.frame.columns.value
    if numbered.texts is None:
        return value
    is_text = numbered.frame.columns.quality >= TEXT
    value = value.copy()
    value[is_text] = numbered.texts[value[is_text].astype(np.int64)]
    return value
