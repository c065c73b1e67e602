import pytest

from mes.people.badges import badge_of, hash_of_badge, pin_trouble


def test_a_badge_is_what_the_scanner_types_without_what_it_puts_around() -> None:
    assert badge_of("  0012345678\r") == "0012345678"
    assert badge_of("００１２３４５６") == "00123456"
    assert [badge_of(text) for text in ("", "12", "x" * 65, "a b c d", "\x00123456")] == [None] * 5


def test_without_the_key_nobody_can_try_all_badges() -> None:
    assert hash_of_badge("0012345678", b"key") != hash_of_badge("0012345678", b"another key")
    assert len(hash_of_badge("0012345678", b"key")) == 32


@pytest.mark.parametrize(
    ("pin", "trouble"),
    [
        ("2580", None),
        ("90210347", None),
        ("123", "pin_form"),
        ("123456789", "pin_form"),
        ("12a4", "pin_form"),
        ("１２３４", "pin_form"),
        ("1234", "pin_easy"),
        ("8888", "pin_easy"),
        ("9876", "pin_easy"),
    ],
)
def test_a_pin_has_four_to_eight_digits_and_is_no_row_of_them(pin: str, trouble: str | None) -> None:
    assert pin_trouble(pin) == trouble
