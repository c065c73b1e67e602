"""The decode cases of the folder decode/, as tags and as the memory of a device."""

import math
import struct
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import ConfigDict, Field, ValidationError

from config.device import NumberType, Strict, Tag
from config.modbus import BIT_TABLES, Order, Table

FOLDER = Path(__file__).with_name("decode")
ROWS: list[dict[str, Any]] = [
    row for path in sorted(FOLDER.glob("*.yaml")) for row in yaml.safe_load(path.read_text("utf-8"))
]
NAMES = [str(row.get("name")) for row in ROWS]


class Case(Strict):
    """What an electrician writes down; `.nan` where no number comes out."""

    model_config = ConfigDict(allow_inf_nan=True)

    name: str
    type: NumberType | Literal["string"]
    byte_order: Order
    word_order: Order
    registers: list[Annotated[int, Field(ge=0, le=0xFFFF)]]
    expected: float | str
    table: Table | None = None
    bit: int | None = None
    scale: float = 1.0
    offset: float = 0.0
    length: int | None = None
    encoding: str = "utf-8"

    @property
    def in_table(self) -> str:
        """Where it is read."""
        return self.table or ("coil" if self.type == "bool" and self.bit is None else "holding")

    def tag(self, register: int) -> Tag:
        """As it would stand in a plant file."""
        keys = {"bit": self.bit, "byte_order": self.byte_order, "word_order": self.word_order}
        keys |= {"scale": self.scale, "offset": self.offset, "length": self.length, "encoding": self.encoding}
        return Tag.model_validate({"name": "t", "register": register, "type": self.type, "table": self.in_table} | keys)


class BadCase(ValueError):
    """A case in the folder decode/ cannot be used; the text names it and the reason."""


def case_of(row: dict[str, Any]) -> Case:
    """The case, or BadCase."""
    try:
        case = Case.model_validate(row)
        case.tag(0)
    except ValidationError as err:
        complaints = "; ".join(f"{'.'.join(map(str, error['loc'][:1]))}: {error['msg']}" for error in err.errors())
        raise BadCase(f"case {row.get('name')!r}: {complaints}") from err
    if len(case.registers) != case.tag(0).width:
        raise BadCase(f"case {case.name!r}: {case.type} takes {case.tag(0).width} registers")
    if (case.type == "string") != isinstance(case.expected, str):
        raise BadCase(f"case {case.name!r}: a string is expected to be a text in quotes, and nothing else is")
    return case


def same(case: Case, number: float | str) -> bool:
    """Whether a decoded number is the expected one, to the digits of its type; nan is itself."""
    expected = case.expected
    if isinstance(expected, str) or isinstance(number, str):
        return expected == number
    if (case.scale, case.offset) != (1.0, 0.0):
        return math.isclose(expected, number, rel_tol=1e-12)
    if case.type == "float32":
        expected = struct.unpack(">f", struct.pack(">f", expected))[0]
    return expected == number or (math.isnan(expected) and math.isnan(number))


class Memory:
    """All cases in one device: in each table one after the other, with a hole after every third."""

    def __init__(self, cases: list[Case]) -> None:
        self.tables: dict[str, list[int]] = {name: [0] for name in ("coil", "discrete", "holding", "input")}
        self.tags: list[Tag] = []
        for number, case in enumerate(cases):
            words = self.tables[case.in_table]
            self.tags.append(case.tag(len(words)))
            words += case.registers
            if number % 3 == 0 and case.in_table not in BIT_TABLES:
                words.append(0xDEAD)
