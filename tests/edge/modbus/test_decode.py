"""What a PLC shows on its display is what its registers decode to; the cases stand in the folder decode/."""

import math
import struct
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.device import Tag
from config.modbus import BIT_TABLES, WIDTHS
from contract.sample import Quality
from edge.channel import Channel, Meaning
from edge.modbus.decode import Block, Decoder
from tests.edge.modbus.cases import NAMES, ROWS, BadCase, Case, case_of, same

PACKED = {"int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q", "float64": "d"}
REGISTERS = {"int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "int64": 4, "uint64": 4, "float64": 4}


def tag(kind: str, register: int = 0) -> Tag:
    table = "coil" if kind == "bool" else "holding"
    return Tag.model_validate({"name": "t", "register": register, "type": kind, "table": table})


def on_the_wire(words: Sequence[int], table: str = "holding") -> Block:
    """Registers as their bytes, bits as they are."""
    return np.array(words, np.uint8) if table in BIT_TABLES else np.array(words, ">u2").view(np.uint8)


def no_number(case: Case) -> bool:
    """Whether the display shows that there is no number."""
    return not isinstance(case.expected, str) and not math.isfinite(case.expected)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_registers_decode_to_what_the_device_shows(row: dict[str, Any]) -> None:
    case = case_of(row)
    decoder = Decoder([case.tag(0)], 0, "big", "big")

    block = on_the_wire(case.registers, case.in_table)
    raw, texts = decoder.numbers(block), decoder.texts(block)

    assert same(case, texts[0][1] if case.type == "string" else raw[0] * case.scale + case.offset)


@pytest.mark.parametrize("row", [row for row in ROWS if no_number(case_of(row))])
def test_what_is_no_number_is_bad(row: dict[str, Any]) -> None:
    case = case_of(row)
    raw = Decoder([case.tag(0)], 0, "big", "big").numbers(on_the_wire(case.registers))

    channel = Channel("press-1", case.tag(0), timedelta(seconds=6))
    value, quality, _ = Meaning([channel]).values(raw, np.zeros(1, np.int64))

    assert quality.tolist() == [Quality.BAD]
    assert np.isnan(value[0])


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, 0x44332211),
        ({"byte_order": "big"}, 0x33441122),
        ({"word_order": "big"}, 0x22114433),
        ({"byte_order": "big", "word_order": "big"}, 0x11223344),
    ],
)
def test_the_order_of_the_device_counts_where_a_tag_has_none(own: dict[str, str], expected: int) -> None:
    energy = Tag.model_validate({"name": "t", "register": 0, "type": "uint32"} | own)

    numbers = Decoder([energy], 0, "little", "little").numbers(on_the_wire([0x1122, 0x3344]))

    assert [expected] == numbers.tolist()


def test_every_type_is_shown_in_every_order_and_no_name_occurs_twice() -> None:
    cases = [case_of(row) for row in ROWS]
    orders = [(byte, word) for byte in ("big", "little") for word in ("big", "little")]

    missing = {(kind, *order) for kind in (*WIDTHS, "string") for order in orders}
    missing -= {(case.type, case.byte_order, case.word_order) for case in cases}

    assert set() == missing
    assert len(cases) >= 150
    assert len(cases) == len({case.name for case in cases})
    assert {"coil", "discrete", "holding", "input"} == {case.in_table for case in cases}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"word_ordre": "big"}, "word_ordre: Extra inputs"),
        ({"type": "int33"}, "type: Input should be"),
        ({"registers": [0x10000]}, "registers: Input should be less"),
        ({"registers": [1, 2]}, "takes 1 registers"),
        ({"bit": 3}, "one bit of a register is 'type: bool'"),
        ({"type": "string"}, "'type: string' needs 'length'"),
        ({"length": 4}, "'type: string' needs 'length', the number of its characters, and no other type has it"),
        ({"expected": "1"}, "a string is expected to be a text in quotes, and nothing else is"),
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


def equal(expected: Sequence[float], actual: Sequence[float]) -> bool:
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(expected, actual, strict=True))


@given(memories(), st.integers(0, 60_000))
def test_tags_of_all_types_in_one_block_keep_their_own_numbers(
    memory: tuple[list[tuple[str, int, float]], list[int]], first: int
) -> None:
    shown, words = memory
    decoder = Decoder([tag(kind, first + address) for kind, address, _ in shown], first, "big", "big")

    numbers = decoder.numbers(on_the_wire(words))

    assert equal([number for _, _, number in shown], numbers.tolist())


@given(st.integers(0, 0xFFFF), st.permutations(range(16)), st.sampled_from(["big", "little"]))
def test_the_sixteen_bits_of_a_register_make_its_number(word: int, bits: list[int], order: str) -> None:
    tags = [
        Tag.model_validate({"name": "t", "register": 5, "type": "bool", "bit": bit, "byte_order": order})
        for bit in bits
    ]
    sent = word if order == "big" else (word & 0xFF) << 8 | word >> 8

    numbers = Decoder(tags, 5, "big", "big").numbers(on_the_wire([sent]))

    assert word == sum(int(on) << bit for on, bit in zip(numbers, bits, strict=True))


@given(st.lists(st.integers(0, 99_999_999), min_size=1, max_size=20))
def test_decimal_digits_read_back(shown: list[int]) -> None:
    words = [word for number in shown for word in struct.unpack(">2H", bytes.fromhex(f"{number:08d}"))]
    decoder = Decoder([tag("bcd32", 2 * i) for i in range(len(shown))], 0, "big", "big")

    numbers = decoder.numbers(on_the_wire(words))

    assert shown == numbers.tolist()


def test_a_block_of_bits_decodes_bit_by_bit() -> None:
    decoder = Decoder([tag("bool", 12), tag("bool", 10), tag("bool", 11)], 10, "little", "little")

    bits = decoder.numbers(on_the_wire([1, 0, 1], "coil"))

    assert np.array_equal([1.0, 1.0, 0.0], bits)
