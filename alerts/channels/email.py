"""Message → e-mail by SMTP, encrypted beyond this machine."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from alerts.channels.letter import Letter, Style, text_of, title_of
from alerts.channels.message import NotDelivered, Refusal, Taken, Trouble
from config.channels import Email
from runtime.settings import BadSetting, Settings, is_loopback

log = structlog.get_logger()
TIMEOUT_S = 8.0
HOW = "give it as smtps://user:password@host:465 or smtp://user:password@host:587"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mail goes; `must_encrypt`: STARTTLS or nothing."""

    host: str
    port: int
    tls: bool
    must_encrypt: bool
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(settings: Settings) -> MailServer:
    """The server in SHOPFLOOR_SMTP, or BadSetting; '?from=alarms@example.com' says who sends."""
    if settings.smtp is None:
        raise BadSetting(f"SHOPFLOOR_SMTP is not set, but the plant file has a channel of kind 'email': {HOW}")
    try:
        parts = urlsplit(settings.smtp)
        port, host = parts.port, parts.hostname
    except ValueError as err:
        raise BadSetting(f"SHOPFLOOR_SMTP is not an address: {HOW}") from err
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise BadSetting(f"SHOPFLOOR_SMTP is not an address: {HOW}")
    tls = parts.scheme == "smtps"
    user = unquote(parts.username) if parts.username else None
    given = parse_qs(parts.query).get("from", [""])[0]
    sender = given or (user if user and "@" in user else f"shopfloor@{socket.gethostname()}")
    if "@" not in sender or len(sender.split()) != 1:
        raise BadSetting("SHOPFLOOR_SMTP: what stands after ?from= is not an e-mail address")
    return MailServer(
        host=host,
        port=port or (465 if tls else 587),
        tls=tls,
        must_encrypt=not tls and not settings.plaintext_allowed and not is_loopback(host),
        sender=sender,
        user=user,
        password=unquote(parts.password) if parts.password else None,
    )


@contextmanager
def connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection to the server, encrypted and logged in as its setting says."""
    context = ssl.create_default_context()
    connection: smtplib.SMTP
    if server.tls:
        connection = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    with connection:
        connection.ehlo()
        # On this machine a server's certificate rarely has a name that could be checked.
        wanted = server.must_encrypt or not (server.tls or is_loopback(server.host))
        if wanted and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
        elif server.must_encrypt:
            raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS")
        if server.user is not None:
            connection.login(server.user, server.password or "")
        yield connection


class EmailSender:
    """Sends to the people of one channel, or to one of them at an address of their own."""

    room = None

    def __init__(self, channel: Email, settings: Settings, style: Style) -> None:
        self.channel = channel
        self.server = mail_server(settings)
        self.style = style
        self.pictures = channel.picture

    def parts(self, _: Letter) -> int:
        """A mail is never too long."""
        return 1

    def send(self, letter: Letter) -> Taken:
        """Deliver, or NotDelivered. Who is refused while others are not is logged, so that these get it once."""
        begun = False
        try:
            with connected(self.server) as connection:
                begun = True
                refused = connection.send_message(self._mail(letter))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as err:
            raise NotDelivered(refusal_of(err)) from err
        except (smtplib.SMTPException, OSError) as err:
            # Where the connection ended during the mail, the server may have it.
            raise NotDelivered(Refusal(Trouble.DOWN, reason_of_mail(err), cut_off=begun)) from err
        if refused:
            log.warning("recipients_refused", channel=self.channel.id, count=len(refused), message=letter.id)
        return Taken(250, relayed=True)

    def _mail(self, letter: Letter) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = title_of(letter)
        mail["From"] = self.server.sender
        mail["To"] = letter.address or ", ".join(self.channel.to)
        mail["Date"] = letter.messages[-1].at
        mail["Message-ID"] = f"<{letter.id}.{self.channel.id}.shopfloor@{self.server.sender.split('@')[1]}>"
        mail["Idempotency-Key"] = letter.key
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text_of(letter, self.style))
        if letter.picture:
            mail.add_attachment(
                letter.picture, maintype="image", subtype="png", filename="course.png", disposition="inline"
            )
        return mail


def refusal_of(err: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> Refusal:
    """A code of 400 to 499 means "later" in SMTP, as of a server that is sent too much: the channel's trouble."""
    codes = [code for code, _ in err.recipients.values()] if isinstance(err, smtplib.SMTPRecipientsRefused) else []
    if isinstance(err, smtplib.SMTPResponseException):
        codes = [err.smtp_code]
    later = bool(codes) and all(400 <= code < 500 for code in codes)
    kind = f"{type(err).__name__} {', '.join(str(code) for code in sorted(set(codes)))}".strip()
    return Refusal(Trouble.TOO_FAST if later else Trouble.REFUSED, kind, status=max(codes, default=None))


def reason_of_mail(err: Exception) -> str:
    """Short, and without what a server may have repeated of the password."""
    return "no STARTTLS" if isinstance(err, smtplib.SMTPNotSupportedError) else type(err).__name__
