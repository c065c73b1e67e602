"""What an answer means, and when to try again."""

from datetime import UTC, datetime

import pytest

from mes.erp.webhooks.answer import Outcome, delay_s, outcome_of, retry_after

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.SENT),
        (204, Outcome.SENT),
        (None, Outcome.RETRY),
        (101, Outcome.RETRY),
        (408, Outcome.RETRY),
        (425, Outcome.RETRY),
        (429, Outcome.RETRY),
        (500, Outcome.RETRY),
        (503, Outcome.RETRY),
        (599, Outcome.RETRY),
        (301, Outcome.PARK),
        (307, Outcome.PARK),
        (400, Outcome.PARK),
        (401, Outcome.PARK),
        (404, Outcome.PARK),
        (410, Outcome.DISABLE),
    ],
)
def test_an_answer_means(status: int | None, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


def test_the_wait_doubles_up_to_ten_minutes() -> None:
    assert [delay_s(tries, None, 0) for tries in (1, 2, 3, 10, 11, 10_000)] == [1, 2, 4, 512, 600, 600]
    assert delay_s(3, None, 1) == 3


def test_the_receiver_is_not_asked_before_it_wants_to_be_nor_after_more_than_a_day() -> None:
    assert delay_s(1, 30, 1) == 30
    assert delay_s(11, 30, 0) == 600
    assert delay_s(1, 1e9, 0) == 86_400


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("30", 30),
        ("9" * 5000, 999_999_999),
        ("Mon, 30 Nov 2026 06:00:10 GMT", 10),
        ("Mon, 30 Nov 2026 05:00:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_a_retry_after_gives_seconds_or_a_date_or_nothing(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds
