"""A text has one number as long as it is remembered, and can always be stored."""

from hypothesis import given
from hypothesis import strategies as st

from contract.sample import MAX_TEXT
from edge.texts import MOST_TEXTS, Texts, storable


def test_an_unchanged_text_keeps_its_number_and_another_has_another() -> None:
    texts = Texts()

    first, again, other = texts.number("B-17"), texts.number("B-17"), texts.number("B-18")

    assert first == again != other
    assert {int(first): "B-17", int(other): "B-18"} == texts.of([first, other])


def test_a_clock_shown_as_a_text_needs_bounded_memory_and_no_number_ever_means_two_texts() -> None:
    texts = Texts()

    numbers = [texts.number(f"12:{i}") for i in range(2 * MOST_TEXTS + 1)]

    assert len(set(numbers)) == len(numbers)
    assert len(texts.texts) <= MOST_TEXTS
    assert {int(numbers[-1]): f"12:{2 * MOST_TEXTS}"} == texts.of([numbers[-1]])


def test_a_text_that_is_asked_for_again_and_again_is_not_forgotten() -> None:
    texts = Texts()

    numbers = []
    for i in range(2 * MOST_TEXTS):
        numbers.append(texts.number("B-17"))
        texts.number(f"12:{i}")

    assert len(set(numbers)) == 1
    assert {int(numbers[0]): "B-17"} == texts.of([numbers[0]])


def test_a_text_that_a_server_told_once_and_that_is_sent_as_a_heartbeat_is_not_forgotten() -> None:
    texts = Texts()
    told = texts.number("B-17")

    for i in range(2 * MOST_TEXTS):
        texts.number(f"12:{i}")
        if i % 1_000 == 0:
            assert {int(told): "B-17"} == texts.of([told])


@given(st.text(st.characters(), max_size=2 * MAX_TEXT))
def test_whatever_a_plc_says_can_be_stored(said: str) -> None:
    stored = storable(said)

    assert len(stored) <= MAX_TEXT
    assert "\0" not in stored
    stored.encode("utf-8")


def test_a_text_that_is_too_long_shows_that_it_was_cut() -> None:
    assert storable("x" * (MAX_TEXT + 1)) == "x" * (MAX_TEXT - 1) + "…"
    assert storable("x" * MAX_TEXT) == "x" * MAX_TEXT
