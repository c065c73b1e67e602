"""What chat robots are sent, and what their answers mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.message import Refusal, Trouble
from alerts.channels.robots import cut, document_of, refusal_of, seconds_of
from config.channels import Format
from tests.alerts.channels.test_senders import MESSAGE

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ROBOTS = (Format.WECOM, Format.DINGTALK, Format.FEISHU)


def evaluated(format_: Format, answer: object, status: int = 200, retry_after: str | None = None) -> Refusal | None:
    return refusal_of(format_, status, json.dumps(answer).encode(), retry_after, NOW)


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

    assert refusal is not None
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

    assert refusal is not None
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
    assert evaluated(format_, answer) is None


@pytest.mark.parametrize("format_", ROBOTS)
@pytest.mark.parametrize(
    "answer", [b"<html>Log in to the guest network</html>", b"", b"[" * 60_000, b'{"errcode": true}']
)
def test_a_robot_has_taken_a_message_only_when_it_says_so(format_: Format, answer: bytes) -> None:
    refusal = refusal_of(format_, 200, answer, None, NOW)

    assert refusal is not None
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


@given(st.text(max_size=400), st.integers(10, 200))
def test_a_text_is_cut_on_a_whole_character(text: str, most: int) -> None:
    short = cut(text, most)

    assert len(short.encode()) <= most
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_a_long_text_fits_into_what_wecom_takes() -> None:
    document = document_of(Format.WECOM, replace(MESSAGE, text_zh="压力机停机" * 500), "")

    content = document["text"]["content"]  # type: ignore[index]  # a mapping of mappings
    assert len(content.encode()) <= 2048
    assert content.endswith("…")


def test_no_name_or_comment_calls_everybody_in_feishu() -> None:
    document = document_of(Format.FEISHU, replace(MESSAGE, comment='<at user_id="all">all</at> < AT x>'), "")

    assert "<at" not in json.dumps(document).lower().replace(" ", "")


@given(st.sampled_from(Format), st.integers(100, 599), st.binary(max_size=200), st.text(max_size=30))
def test_no_answer_whatever_stops_a_channel(format_: Format, status: int, answer: bytes, retry_after: str) -> None:
    refusal_of(format_, status, answer, retry_after, NOW)
