"""Modbus words and bits → raw numbers. Pure, vectorised by type."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from config.device import Tag
from edge.channel import Floats, Ints

Order = Literal["big", "little"]
Words = np.ndarray[tuple[int], np.dtype[np.uint16]]
WIDTHS = {
    "bool": 1,
    "int16": 1,
    "uint16": 1,
    "int32": 2,
    "uint32": 2,
    "float32": 2,
    "int64": 4,
    "uint64": 4,
    "float64": 4,
}
NUMPY = {
    "int16": ">i2",
    "uint16": ">u2",
    "int32": ">i4",
    "uint32": ">u4",
    "float32": ">f4",
    "int64": ">i8",
    "uint64": ">u8",
    "float64": ">f8",
}


def width(tag: Tag) -> int:
    """How many registers, or bits, a tag takes."""
    return WIDTHS[tag.type]


@dataclass(frozen=True, slots=True)
class Group:
    """The tags of one type in a block: which words each is made of, and where its number goes."""

    dtype: str
    picks: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    places: Ints


class Decoder:
    """Numbers out of one block of registers that starts at `first`; the order of results is that of `tags`."""

    def __init__(self, tags: Sequence[Tag], first: int, byte_order: Order, word_order: Order) -> None:
        self.count = len(tags)
        self.byte_order = byte_order
        self.groups = []
        for name in sorted({tag.type for tag in tags}):
            places = np.array([i for i, tag in enumerate(tags) if tag.type == name], np.int64)
            starts = np.array([(tags[i].register_ or 0) - first for i in places], np.int64)
            order = np.arange(WIDTHS[name])
            picks = starts[:, None] + (order[::-1] if word_order == "little" else order)
            self.groups.append(Group(NUMPY.get(name, "bool"), np.ascontiguousarray(picks), places))

    def numbers(self, block: Words | Sequence[int] | Sequence[bool]) -> Floats:
        """The raw numbers; a 64 bit integer beyond 2^53 is rounded to the nearest float."""
        result = np.empty(self.count, np.float64)
        words = np.asarray(block, ">u2")
        if self.byte_order == "little":
            words = words.byteswap()
        for group in self.groups:
            picked = np.ascontiguousarray(words[group.picks])
            result[group.places] = picked[:, 0] != 0 if group.dtype == "bool" else picked.view(group.dtype)[:, 0]
        return result
