"""Real receivers: an HTTP server for webhooks and an SMTP server; both can go away and come back on their port."""

import json
import ssl
import threading
import time
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class Post:
    """What an HTTP server was sent."""

    def __init__(self, headers: Mapping[str, str], path: str, content: bytes) -> None:
        self.at = time.monotonic()
        self.headers = headers
        self.path = path
        self.content = content

    @property
    def key(self) -> str | None:
        """By which a repetition is known."""
        return self.headers.get("Idempotency-Key")

    @property
    def document(self) -> dict[str, Any]:
        """What was posted as JSON."""
        found: dict[str, Any] = json.loads(self.content)
        return found


class HttpReceiver:
    """Keeps what is posted; answers with `status`, `headers` and `answer`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.status = 200
        self.headers: Mapping[str, str] = {}
        self.answer: Mapping[str, object] = {}
        self.posts: list[Post] = []
        self.pings: list[str] = []
        self.server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Listen."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append(Post(dict(self.headers.items()), self.path, sent))
                content = json.dumps(receiver.answer).encode()
                self.send_response(receiver.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                receiver.pings.append(self.path)
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Go away; starting again is allowed."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


class Mailbox:
    """Keeps what is mailed; `refuse` is an answer to RCPT, such as '550 no such user'."""

    def __init__(self, port: int) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuse: dict[str, str] = {}
        self.hang_up = False
        self.port = port
        self.controller: Controller | None = None
        self.logins: list[tuple[str, str]] = []

    def authenticate(self, *asked: Any) -> AuthResult:
        """Let in whoever names a user and a password."""
        self.logins.append((asked[-1].login.decode(), asked[-1].password.decode()))
        return AuthResult(success=True)

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        """Take or refuse one recipient."""
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, __: Session, envelope: Envelope) -> str:
        """Take a mail, or end the connection instead of an answer."""
        if self.hang_up:
            server.transport.abort()
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"

    def start(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen; with a certificate, offer STARTTLS."""
        secure: dict[str, Any] = {"tls_context": tls, "authenticator": self.authenticate} if tls else {}
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **secure)
        self.controller.start()

    def stop(self) -> None:
        """Go away; starting again is allowed."""
        if self.controller is not None:
            self.controller.stop()
            self.controller = None
