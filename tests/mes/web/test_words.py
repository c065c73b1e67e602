import json
import re
from pathlib import Path

import pytest

from mes.web.words import choose, duration, words


def test_both_languages_have_the_same_words() -> None:
    english, chinese = words("en"), words("zh")

    assert english.keys() == chinese.keys()
    for key in english:
        assert re.findall(r"\{\d\}", english[key]) == re.findall(r"\{\d\}", chinese[key]), key


def test_every_word_in_a_template_exists() -> None:
    texts = [file.read_text(encoding="utf-8") for file in Path("mes").glob("**/templates/*.html")]
    used = {name for text in texts for name in re.findall(r"\bw\.(\w+)", text)}

    assert used
    assert used - {"get"} <= words("en").keys()


def test_no_word_is_empty_and_no_key_occurs_twice() -> None:
    for language in ("en", "zh"):
        texts = [file.read_text(encoding="utf-8") for file in Path("mes/web/words").glob(f"{language}*.json")]
        pairs = [pair for text in texts for pair in json.loads(text, object_pairs_hook=list)]

        assert all(word for _, word in pairs)
        assert len(pairs) == len(dict(pairs))


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "language"),
    [
        ("zh", "en", "en", "zh"),
        (None, "zh", "en", "zh"),
        (None, None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, None, "en;q=0.5,zh;q=0.9", "zh"),
        (None, None, "de-DE,de;q=0.9,en;q=0.5", "en"),
        ("fr", "xx", "fr", "en"),
        (None, None, "zh;q=much", "en"),
        (None, None, None, "en"),
    ],
)
def test_a_wish_comes_before_the_cookie_and_the_cookie_before_the_browser(
    query: str | None, cookie: str | None, accepted: str | None, language: str
) -> None:
    assert language == choose(query, cookie, accepted)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0.9, "0 s"),
        (99, "99 s"),
        (100, "1 min"),
        (5999, "99 min"),
        (6000, "1 h 40 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, text: str) -> None:
    assert text == duration(seconds, words("en"))
