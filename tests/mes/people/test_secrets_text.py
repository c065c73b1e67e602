import hashlib

import pytest

from mes.people.secrets_text import RANDOM_BYTES, hash_of, kind_of, text_of

KEY = text_of("key", bytes(range(RANDOM_BYTES)))


def test_a_key_holds_all_its_random_bits_and_says_what_it_is() -> None:
    assert KEY == "sfk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert (kind_of(KEY), kind_of(text_of("token", bytes(RANDOM_BYTES)))) == ("key", "token")


@pytest.mark.parametrize("text", ["", "erp-key-0123456789", KEY[:-1], KEY + "A", f" {KEY}", KEY.replace("sfk", "sfx")])
def test_what_can_be_no_key_is_told_without_the_database(text: str) -> None:
    assert kind_of(text) is None


def test_the_database_holds_a_hash_from_which_nobody_gets_the_key() -> None:
    assert hash_of(KEY) == hashlib.sha256(KEY.encode()).digest()
