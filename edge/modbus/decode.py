"""Modbus bytes and bits → raw numbers. Pure, vectorised by type."""

from collections.abc import Sequence

import numpy as np

from config.device import Tag
from config.modbus import BIT_TABLES, Order
from edge.channel import Floats

Block = np.ndarray[tuple[int], np.dtype[np.uint8]]
DTYPES = {
    "bool": ">u2",
    "int16": ">i2",
    "uint16": ">u2",
    "int32": ">i4",
    "uint32": ">u4",
    "float32": ">f4",
    "int64": ">i8",
    "uint64": ">u8",
    "float64": ">f8",
    "bcd16": ">u2",
    "bcd32": ">u4",
}
FLOATS = ("float32", "float64")


class Decoder:
    """Numbers out of one block that starts at address `first`; the order of results is that of `tags`.

    A block of registers is their bytes as they came, two for each; a block of coils or discrete inputs is a 0 or 1
    for each. Orders are the device's, where a tag has none of its own.
    """

    def __init__(self, tags: Sequence[Tag], first: int, byte_order: Order, word_order: Order) -> None:
        index: list[int] = []
        order: list[int] = []
        # (type, where its bytes begin and end among those picked, where its numbers begin and end)
        self.groups: list[tuple[str, int, int, int, int]] = []
        # (which tag, its bytes, how they are read)
        self.strings: list[tuple[int, np.ndarray[tuple[int], np.dtype[np.intp]], str]] = []
        for i, tag in enumerate(tags):
            if tag.type == "string":
                where = _bytes_of(tag, first, tag.byte_order or byte_order, "big")[: tag.length]
                self.strings.append((i, np.array(where, np.intp), tag.encoding))
        for kind in sorted({_kind(tag) for tag in tags} - {"string"}):
            places = [i for i, tag in enumerate(tags) if _kind(tag) == kind]
            start, begin = len(index), len(order)
            for i in places:
                tag = tags[i]
                index += _bytes_of(tag, first, tag.byte_order or byte_order, tag.word_order or word_order)
            order += places
            self.groups.append((kind, start, len(index), begin, len(order)))
        self.index = np.array(index, np.intp)
        self.count = len(tags)
        self.bits = np.array([tags[i].bit or 0 for i in order if _kind(tags[i]) == "bool"], np.uint16)
        # Whose the numbers are that are made type by type; None when that is the order of the tags.
        self.order = None if order == list(range(self.count)) else np.array(order, np.intp)

    def numbers(self, block: Block) -> Floats:
        """The raw numbers, nan for a string or a BCD digit above 9; a 64 bit integer beyond 2^53 is rounded."""
        result = np.empty(len(self.order) if self.order is not None else self.count, np.float64)
        picked = block[self.index]
        for kind, start, end, begin, after in self.groups:
            part = picked[start:end]
            if kind == "bit":
                result[begin:after] = part
            elif kind == "bool":
                result[begin:after] = (part.view(">u2") >> self.bits) & 1
            elif kind in ("bcd16", "bcd32"):
                result[begin:after] = _from_bcd(part.view(DTYPES[kind]), 2 * part.size // (after - begin))
            elif kind in FLOATS:
                with np.errstate(invalid="ignore"):  # a signalling nan is a nan like the others
                    result[begin:after] = part.view(DTYPES[kind])
            else:
                result[begin:after] = part.view(DTYPES[kind])
        if self.order is None:
            return result
        ordered = np.full(self.count, np.nan)
        ordered[self.order] = result
        return ordered

    def texts(self, block: Block) -> list[tuple[int, str]]:
        """The strings, each with the number of its tag: up to the first zero character, without blanks at the end."""
        found = []
        for i, where, encoding in self.strings:
            characters = block[where].tobytes().split(b"\x00", 1)[0]
            found.append((i, characters.decode(encoding, "replace").rstrip()))
        return found


def _kind(tag: Tag) -> str:
    """The type of a tag; 'bit' for one that is a coil or discrete input."""
    return "bit" if tag.table in BIT_TABLES else tag.type


def _bytes_of(tag: Tag, first: int, byte_order: Order, word_order: Order) -> list[int]:
    """Where the bytes of a tag stand in the block, the most significant first."""
    start = (tag.register_ or 0) - first
    if tag.table in BIT_TABLES:
        return [start]
    words = range(start, start + tag.width)
    ordered = words if word_order == "big" else words[::-1]
    swap = (0, 1) if byte_order == "big" else (1, 0)
    return [2 * word + byte for word in ordered for byte in swap]


def _from_bcd(packed: np.ndarray[tuple[int], np.dtype[np.uint32]], digits: int) -> Floats:
    """Decimal digits in four bits each, nan when one of them is none."""
    digit = packed.astype(np.int64)[:, None] >> 4 * np.arange(digits) & 0xF
    number = (digit * 10 ** np.arange(digits)).sum(axis=1)
    result: Floats = np.where((digit > 9).any(axis=1), np.nan, number)
    return result
