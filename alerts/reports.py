"""Reports that mes has made → e-mail, each once; how it goes stands in table report_delivery."""

import smtplib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime

import structlog

from alerts.alarms.journal import Connection
from alerts.channels.email import MailServer, connected, reason_of_mail, refusal_of
from alerts.database_thread import DatabaseThread
from alerts.faults import ODD
from runtime.database import queries

log = structlog.get_logger()
SQL = {name: text.encode() for name, text in queries("alerts", "queries_reports.sql").items()}
LOOK_EVERY_S = 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 3600.0


@dataclass(frozen=True, slots=True)
class Document:
    """A report that is to be sent."""

    id: int
    due: datetime
    subject: str
    body: str
    file_name: str
    media_type: str
    content: bytes
    recipients: Sequence[str]
    attempts: int


def wait_s(attempts: int) -> float:
    """How long to wait after so many attempts that have failed: half a minute, twice that ... an hour at most."""
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempts - 1, 20)))


def mail_of(document: Document, server: MailServer, now: datetime) -> EmailMessage:
    """The e-mail with the report as a file."""
    mail = EmailMessage()
    mail["Subject"] = document.subject
    mail["From"] = server.sender
    mail["To"] = ", ".join(document.recipients)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<report-{document.id}.shopfloor@{server.sender.split('@')[1]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(document.body)
    kind, _, sub = document.media_type.partition("/")
    mail.add_attachment(document.content, maintype=kind, subtype=sub, filename=document.file_name)
    return mail


class ReportCourier(DatabaseThread):
    """Sends one report after another until the service ends; marked after the server took it."""

    def __init__(self, url: str, server: MailServer, ending: threading.Event, beat: Callable[[], None]) -> None:
        super().__init__("reports", "reports", url, "alerts-reports", ending, beat)
        self.server = server

    def work(self, conn: Connection) -> None:
        """One report after another."""
        while not self.ending.is_set():
            self.beat()
            row = conn.execute(SQL["next_report"]).fetchone()
            self.guard.works()
            if row is None:
                conn.execute(SQL["forget_report_deliveries"])
                self.ending.wait(LOOK_EVERY_S)
                continue
            self.bring(conn, Document(*row[:-1]), row[-1])

    def bring(self, conn: Connection, document: Document, now: datetime) -> None:
        """Send one report and note how it went."""
        wait = timedelta(seconds=wait_s(document.attempts + 1))
        conn.execute(SQL["begin_report"], {"document": document.id, "wait": wait})
        error = self._sent(document, now)
        if error is None:
            conn.execute(SQL["report_delivered"], {"document": document.id})
            log.info("report_sent", document=document.id, recipients=len(document.recipients))
            return
        conn.execute(SQL["report_failed"], {"document": document.id, "error": error})
        if document.attempts == 0:
            cure = "check SHOPFLOOR_SMTP and the addresses at /report/schedules; it is tried again"
            log.warning("report_not_sent", document=document.id, reason=error, cure=cure)

    def _sent(self, document: Document, now: datetime) -> str | None:
        """None when the server has taken it for somebody; else why not."""
        try:
            with connected(self.server) as connection:
                refused = connection.send_message(mail_of(document, self.server, now))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as err:
            return refusal_of(err).reason
        except (smtplib.SMTPException, OSError) as err:
            return reason_of_mail(err)
        except (*ODD, MessageError) as err:
            return f"this message cannot be written: {type(err).__name__}"
        if refused:
            log.warning("recipients_refused", document=document.id, count=len(refused))
        return None
