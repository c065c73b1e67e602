"""What an address in a Modbus device is, and which tags fit on it. Pure."""

from typing import Literal

Order = Literal["big", "little"]
Table = Literal["holding", "input", "coil", "discrete"]
BIT_TABLES = ("coil", "discrete")
# How many registers a number takes; a bool takes one coil or discrete input, or a bit of one register.
WIDTHS = {"bool": 1, "int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2} | {
    "int64": 4,
    "uint64": 4,
    "float64": 4,
    "bcd16": 1,
    "bcd32": 2,
}
ADDRESSES = 65_536


def width_of(kind: str, length: int | None) -> int:
    """How many addresses a value takes; a string has two characters in each register."""
    return ((length or 1) + 1) // 2 if kind == "string" else WIDTHS[kind]


def mistake(register: int, table: str, kind: str, bit: int | None, length: int | None) -> str:
    """What is wrong with the address of a tag, and the cure; empty when it is right."""
    if table in BIT_TABLES:
        if kind != "bool":
            return f"table '{table}' holds bits: write 'type: bool', or take table 'holding' or 'input'"
        if bit is not None:
            return (
                f"'bit' counts inside a register: leave it out, or take table 'holding' or 'input' instead of '{table}'"
            )
    elif (kind == "bool") != (bit is not None):
        return "one bit of a register is 'type: bool' with 'bit: 0' (the lowest) to 15; a number has neither"
    if (kind == "string") != (length is not None):
        return "'type: string' needs 'length', the number of its characters, and no other type has it"
    if register + width_of(kind, length) > ADDRESSES:
        taken = width_of(kind, length)
        return f"type '{kind}' takes {taken} registers, and {ADDRESSES - 1} is the last: lower 'register'"
    return ""
