"""Ids of events rise with time and are UUIDs of version 7."""

import re
from pathlib import Path
from uuid import RFC_4122

import pytest

from mes.feed.event import TYPES, time_ordered_id


def test_an_id_is_a_uuid_of_version_7_that_holds_its_time() -> None:
    made = time_ordered_id(0x019_ABCD_EF01_2, b"\xff" * 10)

    assert (made.version, made.variant) == (7, RFC_4122)
    assert str(made) == "019abcde-f012-7fff-bfff-ffffffffffff"


def test_of_two_milliseconds_the_later_id_is_greater() -> None:
    assert time_ordered_id(1_000, b"\xff" * 10) < time_ordered_id(1_001, bytes(10))


def test_a_type_says_what_happened_to_what() -> None:
    assert all(len(kind.split(".")) == 2 for kind in TYPES)


@pytest.mark.parametrize("page", ["feed.md", "feed.zh.md"])
def test_the_docs_list_every_type(page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / page).read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `(\w+\.\w+)` \|", text, re.MULTILINE)) == TYPES
