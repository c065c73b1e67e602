"""What chat robots are sent, and what their answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.message import Refusal, Taken, Trouble
from alerts.channels.robots import answer_of, document_of, seconds_of, texts_of
from config.channels import Format
from tests.alerts.letters import LETTER, STYLE, letter_with

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ROBOTS = (Format.WECOM, Format.DINGTALK, Format.FEISHU)


def evaluated(format_: Format, answer: object, status: int = 200) -> Taken | Refusal:
    return answer_of(format_, status, json.dumps(answer).encode(), {}, NOW)


@pytest.mark.parametrize(
    ("format_", "answer", "status", "wait_s"),
    [
        (Format.WECOM, {"errcode": 45009, "errmsg": "api freq out of limit"}, 200, 60),
        (Format.DINGTALK, {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}, 200, 600),
        (Format.DINGTALK, {"errcode": 90030, "errmsg": "webhook over limit"}, 200, 600),
        (Format.FEISHU, {"code": 11232, "msg": "frequency limited"}, 200, 60),
        (Format.FEISHU, {"code": 9499, "msg": "too many request", "data": {}}, 400, 60),
        (Format.JSON, {"errcode": 45009, "errmsg": "api freq out of limit"}, 200, 60),
        (Format.JSON, {}, 429, None),
    ],
)
def test_too_fast_is_the_channels_and_never_the_messages(
    format_: Format, answer: object, status: int, wait_s: float | None
) -> None:
    refusal = evaluated(format_, answer, status)

    assert isinstance(refusal, Refusal)
    assert (refusal.trouble, refusal.wait_s) == (Trouble.TOO_FAST, wait_s)


@pytest.mark.parametrize(
    ("format_", "answer", "status"),
    [
        (Format.WECOM, {"errcode": 40008, "errmsg": "invalid message type"}, 200),
        (Format.WECOM, {"errcode": "40008", "errmsg": "a number as a text"}, 200),
        (Format.DINGTALK, {"errcode": 310000, "errmsg": "keywords not in content"}, 200),
        (Format.FEISHU, {"code": 9499, "msg": "Bad Request", "data": {}}, 400),
        (Format.FEISHU, {"code": 19024, "msg": "Key Words Not Found"}, 200),
        (Format.FEISHU, {"StatusCode": 19024}, 200),
        (Format.JSON, {}, 413),
        (Format.JSON, {"errcode": 40008}, 200),
    ],
)
def test_another_code_is_a_refusal_of_this_message(format_: Format, answer: object, status: int) -> None:
    refusal = evaluated(format_, answer, status)

    assert isinstance(refusal, Refusal)
    assert refusal.trouble is Trouble.REFUSED


@pytest.mark.parametrize(
    ("format_", "answer"),
    [
        (Format.WECOM, {"errcode": 0, "errmsg": "ok"}),
        (Format.DINGTALK, {"errcode": 0, "errmsg": "ok"}),
        (Format.FEISHU, {"code": 0, "msg": "success", "data": {}}),
        (Format.FEISHU, {"StatusCode": 0, "StatusMessage": "success"}),
        # A receiver of JSON may have a field 'code' of its own.
        (Format.JSON, {"code": 1, "msg": "ok"}),
        (Format.JSON, {"code": 201}),
        (Format.JSON, "thank you"),
    ],
)
def test_what_was_taken_is_taken(format_: Format, answer: object) -> None:
    assert isinstance(evaluated(format_, answer), Taken)


@pytest.mark.parametrize("format_", ROBOTS)
@pytest.mark.parametrize(
    "answer", [b"<html>Log in to the guest network</html>", b"", b"[" * 60_000, b'{"errcode": true}']
)
def test_a_robot_has_taken_a_message_only_when_it_says_so(format_: Format, answer: bytes) -> None:
    refusal = answer_of(format_, 200, answer, {}, NOW)

    assert isinstance(refusal, Refusal)
    assert refusal.trouble is Trouble.DOWN


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("30", 30),
        ("0", 1),
        ("999999999", 3600),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), 120),
        (format_datetime(NOW - timedelta(minutes=2), usegmt=True), 1),
        ("soon", None),
        ("-5", None),
        ("9" * 5000, None),
        (None, None),
    ],
)
def test_the_receivers_own_time_is_kept_within_an_hour(header: str | None, expected: float | None) -> None:
    assert seconds_of(header, NOW) == expected


def test_a_long_text_goes_to_wecom_in_parts_that_it_takes() -> None:
    letter = letter_with(comment="压力机停机" * 400)
    count = len(texts_of(Format.WECOM, letter, STYLE))

    contents = [
        document_of(Format.WECOM, replace(letter, part=n), STYLE)["text"]["content"]  # type: ignore[index]
        for n in range(1, count + 1)
    ]

    assert [content[:5] for content in contents] == [f"({n}/{count})" for n in range(1, count + 1)]
    assert max(len(content.encode()) for content in contents) <= 2048
    assert "".join(contents).count("压力机停机") >= 399


@pytest.mark.parametrize(
    ("format_", "code", "said"),
    [
        (Format.FEISHU, "code", "sign match fail or timestamp is not within one hour"),
        (Format.DINGTALK, "errcode", "sign not match"),
    ],
)
def test_a_refused_signature_says_first_whether_the_clocks_agree(format_: Format, code: str, said: str) -> None:
    answer = json.dumps({code: 19021 if format_ is Format.FEISHU else 310000, "errmsg": said}).encode()
    reasons = []
    for off in (timedelta(), timedelta(hours=2)):
        refusal = answer_of(format_, 200, answer, {"Date": format_datetime(NOW + off, usegmt=True)}, NOW)
        assert isinstance(refusal, Refusal)
        reasons.append(refusal.reason)

    assert "the clocks agree: check secret_env" in reasons[0]
    assert "this clock is 7200 s behind: set it first" in reasons[1]


def test_a_person_is_called_by_the_robot() -> None:
    letter = replace(LETTER, person="wang", address="13800000000")
    documents = {format_: json.dumps(document_of(format_, letter, STYLE)) for format_ in ROBOTS}

    assert '"mentioned_mobile_list": ["13800000000"]' in documents[Format.WECOM]
    assert '"atMobiles": ["13800000000"]' in documents[Format.DINGTALK]
    assert "<at user_id=" in documents[Format.FEISHU]


def test_no_name_or_comment_calls_everybody_in_feishu() -> None:
    document = document_of(Format.FEISHU, letter_with(comment='<at user_id="all">all</at> < AT x>'), STYLE)

    assert "<at" not in json.dumps(document).lower().replace(" ", "")


@given(st.sampled_from(Format), st.integers(100, 599), st.binary(max_size=200), st.text(max_size=30))
def test_no_answer_whatever_stops_a_channel(format_: Format, status: int, answer: bytes, retry_after: str) -> None:
    answer_of(format_, status, answer, {"Retry-After": retry_after, "Date": retry_after}, NOW)
