"""What a PLC shows on its display is what its registers decode to; the cases stand in decode_cases.yaml."""

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from config.device import NumberType, Strict, Tag
from edge.decode import Decoder, Order

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("decode_cases.yaml").read_text("utf-8"))
REGISTERS = {
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
PACKED = {"int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q", "float64": "d"}


class Case(Strict):
    """What an electrician writes down."""

    name: str
    type: NumberType
    byte_order: Order
    word_order: Order
    registers: list[Annotated[int, Field(ge=0, le=0xFFFF)]]
    expected: float


class BadCase(ValueError):
    """A case of decode_cases.yaml cannot be used; the text names it and the reason."""


def case_of(row: dict[str, Any]) -> Case:
    """The case, or BadCase."""
    try:
        case = Case.model_validate(row)
    except ValidationError as err:
        complaints = "; ".join(f"{error['loc'][0]}: {error['msg']}" for error in err.errors())
        raise BadCase(f"case {row.get('name')!r}: {complaints}") from err
    if len(case.registers) != REGISTERS[case.type]:
        raise BadCase(f"case {case.name!r}: {case.type} takes {REGISTERS[case.type]} registers")
    return case


def tag(kind: str, register: int = 0) -> Tag:
    table = "coil" if kind == "bool" else "holding"
    return Tag.model_validate({"name": "t", "register": register, "type": kind, "table": table})


def as_shown(case: Case) -> str:
    """The expected number with the digits that its type can hold; text, so that nan and minus zero count."""
    number = case.expected
    return str(struct.unpack(">f", struct.pack(">f", number))[0] if case.type == "float32" else number)


@pytest.mark.parametrize("row", CASES, ids=[str(row.get("name")) for row in CASES])
def test_registers_decode_to_what_the_device_shows(row: dict[str, Any]) -> None:
    case = case_of(row)
    decoder = Decoder([tag(case.type)], 0, case.byte_order, case.word_order)

    [number] = decoder.numbers(case.registers).tolist()

    assert as_shown(case) == str(number)


def test_every_type_is_shown_in_every_order_and_no_name_occurs_twice() -> None:
    cases = [case_of(row) for row in CASES]
    orders = [(byte, word) for byte in ("big", "little") for word in ("big", "little")]

    missing = {(kind, *order) for kind in REGISTERS for order in orders}
    missing -= {(case.type, case.byte_order, case.word_order) for case in cases}

    assert set() == missing
    assert len(cases) >= 80
    assert len(cases) == len({case.name for case in cases})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"word_ordre": "big"}, "word_ordre: Extra inputs"),
        ({"type": "int33"}, "type: Input should be"),
        ({"registers": [0x10000]}, "registers: Input should be less"),
        ({"registers": [1, 2]}, "takes 1 registers"),
    ],
)
def test_a_mistake_in_a_case_fails_with_its_name(change: dict[str, Any], complaint: str) -> None:
    row = {"name": "my drill", "type": "int16", "byte_order": "big", "word_order": "big", "registers": [1]}

    with pytest.raises(BadCase, match=f"case 'my drill': .*{complaint}"):
        case_of({**row, "expected": 1, **change})


@st.composite
def memories(draw: st.DrawFn) -> tuple[list[tuple[str, int, float]], list[int]]:
    """Tags (type, address, number) with holes between them, and the registers from address 0 on."""
    tags: list[tuple[str, int, float]] = []
    words: list[int] = []
    for kind in draw(st.lists(st.sampled_from(sorted(PACKED)), min_size=1, max_size=30)):
        words += draw(st.lists(st.integers(0, 0xFFFF), max_size=3))
        raw = draw(st.binary(min_size=2 * REGISTERS[kind], max_size=2 * REGISTERS[kind]))
        tags.append((kind, len(words), float(struct.unpack(">" + PACKED[kind], raw)[0])))
        words += struct.unpack(f">{REGISTERS[kind]}H", raw)
    return draw(st.permutations(tags)), words


def same(expected: Sequence[float], actual: Sequence[float]) -> bool:
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(expected, actual, strict=True))


@given(memories(), st.integers(0, 60_000))
def test_tags_of_all_types_in_one_block_keep_their_own_numbers(
    memory: tuple[list[tuple[str, int, float]], list[int]], first: int
) -> None:
    shown, words = memory
    decoder = Decoder([tag(kind, first + address) for kind, address, _ in shown], first, "big", "big")

    numbers = decoder.numbers(words)

    assert same([number for _, _, number in shown], numbers.tolist())


def test_a_block_of_bits_decodes_bit_by_bit() -> None:
    decoder = Decoder([tag("bool", 12), tag("bool", 10), tag("bool", 11)], 10, "little", "little")

    bits = decoder.numbers([True, False, True])

    assert np.array_equal([1.0, 1.0, 0.0], bits)
