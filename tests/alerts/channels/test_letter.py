"""A message in the receiver's language and the plant's time."""

from dataclasses import replace

import pytest

from alerts.channels.letter import Kind, document_of_json, text_of, title_of
from tests.alerts.letters import LETTER, LINK, MESSAGE, STYLE, letter_with, several


def test_a_group_gets_both_languages_and_a_person_their_own() -> None:
    both, en, zh = (text_of(replace(LETTER, language=language), STYLE) for language in (None, "en", "zh"))

    assert MESSAGE.text_en in both
    assert MESSAGE.text_zh in both
    assert MESSAGE.text_en in en
    assert not any("\u4e00" <= character <= "\u9fff" for character in en)
    assert MESSAGE.text_zh in zh
    assert "Priority" not in zh


def test_the_time_is_that_of_the_plant() -> None:
    assert "Raised 2026-11-23 16:00:05 (UTC+08:00)." in text_of(LETTER, STYLE)


def test_a_link_to_acknowledge_stands_beside_that_to_the_list() -> None:
    text = text_of(replace(LETTER, acknowledge="https://mes.example.com/a/t0ken"), STYLE)

    assert "Acknowledge 确认: https://mes.example.com/a/t0ken" in text
    assert f"Alarms 报警: {LINK}" in text


def test_a_digest_counts_by_line_and_rule_and_names_the_first() -> None:
    text = text_of(several(950, Kind.DIGEST, "low"), STYLE)

    assert "Digest of 950 messages: 950 ALARM" in text
    assert "950 条消息汇总：报警 950" in text
    assert "Line 1 一线 hot: 950" in text
    assert text.count(MESSAGE.text_en) == 5
    assert LINK in text


def test_each_of_high_priority_stands_in_the_message_of_several() -> None:
    text = text_of(several(12, Kind.TOGETHER), STYLE)

    assert all(f"#{n}" in text for n in range(1, 13))
    assert "12 messages of high priority: 12 ALARM" in text


@pytest.mark.parametrize("kind", list(Kind))
def test_a_name_with_line_breaks_makes_no_title_of_two_lines(kind: Kind) -> None:
    broken = letter_with(text_en="Press\r\nBcc: everybody@example.com")

    assert "\n" not in title_of(replace(broken, kind=kind))


def test_a_program_gets_one_alarm_as_before_and_several_as_a_list() -> None:
    one, many = document_of_json(LETTER, STYLE), document_of_json(several(300, Kind.DIGEST), STYLE)

    assert (one["id"], one["journal"], one["event"], one["alarm"]) == (17, 17, "raised", 3)
    assert (many["event"], many["count"], len(many["messages"])) == ("digest", 300, 200)  # type: ignore[arg-type]


def test_what_happened_without_words_of_its_own_is_told_all_the_same() -> None:
    assert "[newly_made newly_made]" in title_of(letter_with(event="newly_made"))


def test_a_message_goes_as_urgently_as_its_delivery_says() -> None:
    assert [replace(LETTER, urgent=urgent).high for urgent in (None, True, False)] == [True, True, False]
