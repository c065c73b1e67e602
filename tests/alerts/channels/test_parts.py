"""A text that is too long for a provider goes in numbered parts."""

from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.parts import MOST_PARTS, parts_of

LINK = "https://mes.example.com/alarms"


@given(st.text(min_size=1, max_size=3000), st.integers(100, 400))
def test_no_part_is_too_long_and_none_ends_within_a_character(text: str, most: int) -> None:
    parts = parts_of(text, most, LINK)

    assert all(len(part.encode()) <= most for part in parts)
    assert len(parts) <= MOST_PARTS


def test_a_short_text_stays_as_it_is() -> None:
    assert list(parts_of("压力机 1", 100)) == ["压力机 1"]


def test_parts_hold_the_whole_text_in_order() -> None:
    lines = "\n".join(f"{n} 压力机停机" for n in range(60))

    parts = parts_of(lines, 500, LINK)

    assert [part.splitlines()[0] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]
    assert "\n".join(part.split("\n", 1)[1] for part in parts) == lines


def test_what_does_not_stand_in_five_parts_is_behind_the_link() -> None:
    parts = parts_of("停" * 10_000, 500, LINK)

    assert len(parts) == MOST_PARTS
    assert parts[-1].endswith(f"…\n{LINK}")
