"""numpy arrays ↔ PostgreSQL arrays: whole columns at once, where a Python object for each value would be too much.

Only in binary, so a statement that wants arrays says `binary=True`; an array with a NULL in it is refused.
"""

from typing import Any, ClassVar

import numpy as np
import psycopg
from psycopg import pq
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Dumper, Loader, PyFormat

# PostgreSQL counts microseconds from 2000 on.
EPOCH_US = 946_684_800_000_000
HEADER = np.dtype([("dimensions", ">i4"), ("nulls", ">i4"), ("oid", ">u4"), ("length", ">i4"), ("first", ">i4")])
EMPTY_HEADER = 12


class _Column(Loader):
    """The array of one type; `wire` is how a value comes, `native` what it becomes."""

    format = pq.Format.BINARY
    wire: ClassVar[str]
    native: ClassVar[type[np.generic]]

    def load(self, data: Buffer) -> Any:
        """The values in one dimension; DataError where one is NULL."""
        if len(data) <= EMPTY_HEADER:
            return np.zeros(0, self.native)
        if np.frombuffer(data, HEADER, 1)["nulls"][0]:
            raise psycopg.DataError("an array that is read as a column holds a NULL: coalesce it in the statement")
        cells = np.frombuffer(data, [("bytes", ">i4"), ("value", self.wire)], offset=HEADER.itemsize)
        return cells["value"].astype(self.native)


class _Times(_Column):
    """Instants become microseconds since 1970."""

    wire, native = ">i8", np.int64

    def load(self, data: Buffer) -> Any:
        """As of _Column."""
        return super().load(data) + EPOCH_US


def _column(wire: str, native: type[np.generic]) -> type[_Column]:
    return type(f"Column{wire[1:]}", (_Column,), {"wire": wire, "native": native})


LOADERS: dict[str, type[_Column]] = {
    "int2": _column(">i2", np.int64),
    "int4": _column(">i4", np.int64),
    "int8": _column(">i8", np.int64),
    "float8": _column(">f8", np.float64),
    "bool": _column(">?", np.bool_),
    "timestamptz": _Times,
}
# By the kind of a numpy type: the PostgreSQL type and how its values go.
SENT = {"i": ("int8", ">i8"), "f": ("float8", ">f8"), "b": ("bool", ">?")}


class _ArrayDumper(Dumper):
    """An array of one dimension: whole numbers as bigint[], others as float8[], truths as bool[]."""

    format = pq.Format.BINARY

    def __init__(self, cls: type, context: Any = None, kind: str = "i") -> None:
        super().__init__(cls, context)
        name, self.wire = SENT[kind]
        self.element = psycopg.adapters.types[name]
        self.oid = self.element.array_oid

    def get_key(self, obj: Any, format: PyFormat) -> Any:  # noqa: ARG002  - psycopg gives it by this name
        """A dumper for each kind of numbers."""
        return self.cls, obj.dtype.kind

    def upgrade(self, obj: Any, format: PyFormat) -> Dumper:  # noqa: ARG002  - as in get_key
        """The dumper of these numbers; KeyError for what is no number."""
        return _ArrayDumper(self.cls, kind=obj.dtype.kind)

    def dump(self, obj: Any) -> Buffer:
        """Header, then each value with its length before it."""
        cells = np.empty(obj.size, [("bytes", ">i4"), ("value", self.wire)])
        cells["bytes"], cells["value"] = cells.dtype["value"].itemsize, obj
        return np.array([(1, 0, self.element.oid, obj.size, 1)], HEADER).tobytes() + cells.tobytes()


def use_arrays(context: AdaptContext) -> None:
    """From now on this connection, or cursor, takes numpy arrays, and gives them where binary results are asked for."""
    for name, loader in LOADERS.items():
        context.adapters.register_loader(psycopg.adapters.types[name].array_oid, loader)
    context.adapters.register_dumper(np.ndarray, _ArrayDumper)
