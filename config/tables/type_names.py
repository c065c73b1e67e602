"""What PLC tools call the types of values → the words of the plant file. Pure."""

import re

# IEC 61131-3, and Kepware's and OPC UA's names. Left out is what means one width here and another there: Long, Integer.
NAMES = {
    "bool": ("bool", "boolean", "bit"),
    "int16": ("int", "short", "sint", "sbyte"),
    "uint16": ("uint", "word", "usint", "byte"),
    "int32": ("dint",),
    "uint32": ("udint", "dword"),
    "int64": ("lint", "llong"),
    "uint64": ("ulint", "lword", "qword"),
    "float32": ("real", "float", "single"),
    "float64": ("lreal", "double"),
    "bcd16": ("bcd",),
    "bcd32": ("lbcd",),
    "string": ("wstring", "text"),
}
OURS = {name: ours for ours, names in NAMES.items() for name in (ours, *names)}
# The four orders of two registers, as many devices' menus call them: byte_order, word_order.
ORDERS = {"abcd": ("big", "big"), "cdab": ("big", "little"), "badc": ("little", "big"), "dcba": ("little", "little")}


def type_of(written: str) -> str:
    """The plant file's word where a name has one meaning only, or else what was written."""
    return OURS.get(re.sub(r"\s", "", written).lower(), written)
