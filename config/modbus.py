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
# The first digit by which manuals tell the tables apart; the numbers after it count from 1.
MANUAL_TABLES: dict[int, Table] = {1: "discrete", 3: "input", 4: "holding"}


def width_of(kind: str, length: int | None) -> int:
    """How many addresses a value takes; a string has two characters in each register."""
    return ((length or 1) + 1) // 2 if kind == "string" else WIDTHS[kind]


def mistake(register: int, table: str, kind: str, bit: int | None, length: int | None) -> str:
    """What is wrong with the address of a tag, and the cure; empty when it is right."""
    if register >= ADDRESSES:
        hint = as_in_manuals(register, table)
        return f"register {register}: the last is {ADDRESSES - 1}" + (f"; {hint}" if hint else "")
    if table in BIT_TABLES:
        if kind != "bool":
            return f"table '{table}' holds bits: write 'type: bool', or take table 'holding' or 'input'"
        cure = f"leave it out, or take table 'holding' or 'input' instead of '{table}'"
        return f"'bit' counts inside a register: {cure}" if bit is not None else ""
    return _mistake_in_registers(register, kind, bit, length)


def _mistake_in_registers(register: int, kind: str, bit: int | None, length: int | None) -> str:
    if (kind == "bool") != (bit is not None):
        return "one bit of a register is 'type: bool' with 'bit: 0' (the lowest) to 15; a number has neither"
    if (kind == "string") != (length is not None):
        return "'type: string' needs 'length', the number of its characters, and no other type has it"
    if register + width_of(kind, length) > ADDRESSES:
        taken = width_of(kind, length)
        return f"type '{kind}' takes {taken} registers, and {ADDRESSES - 1} is the last: lower 'register'"
    return ""


def as_in_manuals(register: int, table: str) -> str:
    """What a number such as 40101 or 400101 most probably means, and how to write that; empty where it is none."""
    digit, number = divmod(register, 10_000 if register < 100_000 else 100_000)
    meant = MANUAL_TABLES.get(digit)
    # A holding or input register above 10000 is nothing special, and coils have no digit of their own.
    if meant is None or not number or table == "coil" or (table in BIT_TABLES) != (meant in BIT_TABLES):
        return ""
    return f"manuals write {register} for address {number - 1} of table '{meant}': 'register: {number - 1}'" + (
        "" if meant == table else f" with 'table: {meant}'"
    )
