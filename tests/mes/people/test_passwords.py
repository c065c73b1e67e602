import pytest

from mes.people.passwords import SALT_BYTES, hash_of, right, trouble_with

SALT = bytes(range(SALT_BYTES))


def test_the_database_holds_an_argon2id_hash_with_a_salt() -> None:
    hashed, other = hash_of("seventeen bolts", SALT), hash_of("seventeen bolts", bytes(SALT_BYTES))

    assert hashed.startswith("$argon2id$")
    assert hashed != other
    assert right("seventeen bolts", hashed)
    assert not right("seventeen nuts", hashed)
    assert not right("nobody has this password", None)


def test_a_password_is_the_same_from_every_keyboard() -> None:
    assert right("车间里的密码１２３４", hash_of("车间里的密码1234", SALT))


@pytest.mark.parametrize(
    ("password", "trouble"),
    [
        ("seventeen bolts", None),
        ("车间里十七颗螺丝钉", "password_short"),
        ("short", "password_short"),
        ("x" * 300, "password_long"),
        ("Li Wei 4711", "password_easy"),
        ("aaaaaaaaaaaa", "password_easy"),
    ],
)
def test_a_password_is_long_and_not_what_everybody_knows_of_a_person(password: str, trouble: str | None) -> None:
    assert trouble_with(password, "4711", "Li Wei") == trouble
