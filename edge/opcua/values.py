"""What OPC UA answers mean: status codes, times, members of arrays and structures. Pure."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from types import NoneType
from uuid import UUID

from asyncua import ua

from contract.sample import FIRST_ROUNDED, Quality, to_us

# Uncertain, and not what is so now: a simulated value, the last usable one, the last one before communication was lost.
NOT_NOW = frozenset({0x42090000, 0x40900000, 0x408F0000})
# InfoType DataValue, and its bit Overflow: the server's queue was too short for what came between two publishes.
OVERFLOW = 0x480
# The plant file's word for each of OPC UA's types that is a number or a text.
TYPES = {
    "Boolean": "bool",
    "SByte": "int16",
    "Byte": "uint16",
    "Int16": "int16",
    "UInt16": "uint16",
    "Int32": "int32",
    "UInt32": "uint32",
    "Int64": "int64",
    "UInt64": "uint64",
    "Float": "float32",
    "Double": "float64",
    "String": "string",
    "LocalizedText": "string",
    "QualifiedName": "string",
    "DateTime": "string",
    "Guid": "string",
}
# A frame takes times until 2200.
YEARS = range(1971, 2199)
STEP = re.compile(r"\[(\d+)\]|\.(\w+)")


def quality_of(code: int) -> Quality:
    """The two severity bits; BAD too where the value is simulated, or only the last that could be used."""
    if code & 0xFFFF0000 in NOT_NOW:
        return Quality.BAD
    return (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD, Quality.BAD)[code >> 30]


def code_of(answer: ua.DataValue) -> int:
    """The status code; a server that says nothing means Good."""
    return int(answer.StatusCode.value) if answer.StatusCode is not None else 0


def overflowed(code: int) -> bool:
    """True when values before this one were dropped by the server."""
    return code & OVERFLOW == OVERFLOW


def steps_of(path: str) -> tuple[int | str, ...]:
    """'[2].axis' → (2, 'axis')."""
    return tuple(int(index) if index else name for index, name in STEP.findall(path))


def member(value: object, steps: Sequence[int | str]) -> object:
    """What the path leads to, None where it leads nowhere."""
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            value = getattr(value, step, None) if ua_structure(value) else None
    return value


def ua_structure(value: object) -> bool:
    """True for a structure with named members that the server has described."""
    return hasattr(value, "__dataclass_fields__") and not isinstance(value, ua.ExtensionObject)


def number(value: object) -> float:
    """The value as a number, nan when it is none."""
    return float(value) if isinstance(value, bool | int | float) else math.nan


def kind_of(value: object) -> str:
    """What a value is that cannot be used, in a word."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else "infinite" if math.isinf(value) else "a number"
    kinds = {NoneType: "no value", bool: "a number", int: "a number", list: "an array", bytes: "bytes"}
    return kinds.get(type(value)) or ("a structure" if text(value) is None else "a text")


def quality_with(quality: Quality, value: object) -> Quality:
    """A whole number that may have been rounded is not GOOD."""
    rounded = isinstance(value, int) and abs(value) >= FIRST_ROUNDED
    return max(quality, Quality.UNCERTAIN) if rounded else quality


def text(value: object) -> str | None:
    """The value as a text; None when it is none. A time is a text by ISO 8601, in UTC."""
    if isinstance(value, ua.LocalizedText):
        return value.Text or ""
    if isinstance(value, ua.QualifiedName):
        return value.Name or ""
    if isinstance(value, datetime):
        return f"{(value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None).isoformat()}Z"
    if isinstance(value, UUID):
        return str(value)
    return value if isinstance(value, str) else None


def shown(value: object) -> object:
    """As a person reads it in a table: texts as themselves, bytes as hexadecimal digits."""
    if isinstance(value, list):
        return [shown(element) for element in value]
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, ua.NodeId):
        return value.to_string()
    said = text(value)
    return value if said is None else said


def time_us(instant: object) -> int | None:
    """Microseconds of a time stamp, which OPC UA gives in UTC without saying so; None where there is none.

    Servers write 1601 and 9999 for "unknown".
    """
    if not isinstance(instant, datetime) or instant.year not in YEARS:
        return None
    return to_us(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
