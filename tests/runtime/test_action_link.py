"""A link in a message is good for a day, for one thing, and for nobody who has not got it."""

from datetime import timedelta

import pytest

from runtime.action_link import ActionLink, LinkExpired, read, signed

KEY = b"0123456789abcdef0123456789abcdef"
LINK = ActionLink(4711, 17, "wang")


def test_what_was_signed_is_read() -> None:
    assert read(KEY, signed(KEY, LINK)) == LINK


@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 400])
def test_what_nobody_signed_is_nothing(text: str) -> None:
    assert read(KEY, text) is None


def test_another_key_and_another_letter_are_nothing() -> None:
    text = signed(KEY, LINK)

    assert read(KEY + b"!", text) is None
    assert read(KEY, text[:5] + ("A" if text[5] != "A" else "B") + text[6:]) is None


def test_it_ends() -> None:
    with pytest.raises(LinkExpired):
        read(KEY, signed(KEY, LINK), timedelta(seconds=-1))


def test_it_is_short_enough_for_a_chat() -> None:
    assert len(signed(KEY, ActionLink(10**9, 10**9, "EMP-0012345"))) < 120
