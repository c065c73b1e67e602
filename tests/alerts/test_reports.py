"""Scheduled reports by e-mail against a real server and database: each once, and again where it was not taken."""

import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest

from alerts.channels.email import mail_server
from alerts.reports import ReportCourier, wait_s
from runtime.settings import settings_from
from tests.alerts.receivers import Mailbox
from tests.support.eventually import eventually


@pytest.fixture
def mailbox(free_port: Callable[[], int]) -> Iterator[Mailbox]:
    made = Mailbox(free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def courier(database: str, mailbox: Mailbox) -> Iterator[ReportCourier]:
    ending = threading.Event()
    server = mail_server(settings_from({"SHOPFLOOR_SMTP": f"smtp://127.0.0.1:{mailbox.port}"}))
    made = ReportCourier(database, server, ending, lambda: None)
    yield made
    ending.set()
    made.join(10)


def document(database: str, subject: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO report_document (schedule, due, subject, body, file_name, media_type, content, recipients,"
            " as_of, made_at) VALUES (%s, now(), %s, '早班报表', 'report.csv', 'text/csv', 'a,b', '{wang@example.com}',"
            " now(), now())",
            (uuid4(), subject),
        )


def deliveries(database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as conn:
        return conn.execute(
            "SELECT attempts, delivered_at IS NOT NULL, last_error FROM report_delivery ORDER BY document"
        ).fetchall()


def test_a_report_comes_once_with_its_file(database: str, mailbox: Mailbox, courier: ReportCourier) -> None:
    document(database, "Pump assembly · 早班")
    courier.start()
    eventually("the mail", lambda: deliveries(database) == [(1, True, None)], 20)

    (mail,) = mailbox.mails
    (file,) = mail.iter_attachments()
    assert mail["Subject"] == "Pump assembly · 早班"
    assert (file.get_filename(), file.get_payload(decode=True)) == ("report.csv", b"a,b")
    assert mailbox.recipients == [["wang@example.com"]]


def test_a_report_that_the_server_refuses_waits_and_says_why(
    database: str, mailbox: Mailbox, courier: ReportCourier
) -> None:
    mailbox.refuse = {"wang@example.com": "550 no such user"}
    document(database, "refused")
    courier.start()
    eventually("the error", lambda: any(row[2] is not None for row in deliveries(database)), 20)

    assert deliveries(database)[0][:2] == (1, False)
    assert "550" in str(deliveries(database)[0][2])


def test_attempts_are_half_a_minute_apart_then_longer_and_at_most_an_hour() -> None:
    assert [wait_s(n) for n in (1, 2, 3, 20)] == [30.0, 60.0, 120.0, 3600.0]
