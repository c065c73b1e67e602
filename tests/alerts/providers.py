"""Chat robots as they are: their limits, sizes, signatures and codes, and seven ways in which they go wrong.

A robot is told the time, so that a storm runs on a clock of its own; `serve` puts one on a port at the real clock.
"""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.channels import Format

HANG_S = 30.0


class Bad(StrEnum):
    """What a robot answers instead of what it should."""

    CODE = "status 200 with an error code"
    HTML = "status 200 with the page of a proxy"
    FAULT = "status 500"
    LATER = "status 429"
    CUT = "the connection ends after the message was sent"
    HANG = "no answer"
    ODD_JSON = "status 200 with another document"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; None as the status: nothing does."""

    status: int | None
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """A message that was sent, when, under which id, and whether it was accepted."""

    at_s: float
    key: str
    text: str
    accepted: bool


class Robot:
    """One robot of a provider."""

    def __init__(self, format_: Format, secret: str = "", bad: Bad | None = None) -> None:
        self.format, self.secret, self.bad = format_, secret, bad
        self.posts: list[Post] = []
        self.throttled = 0
        self.blocked_until = float("-inf")

    @property
    def accepted(self) -> list[Post]:
        """Those that people have seen."""
        return [post for post in self.posts if post.accepted]

    def take(self, content: bytes, query: str, headers: Mapping[str, str], at_s: float) -> Answer:
        """Accept a message, or say why not."""
        document = json.loads(content)
        answer, accepted = self._judge(document, len(content), query, at_s)
        seen = accepted or self.bad is Bad.CUT
        self.posts.append(Post(at_s, headers.get("Idempotency-Key", ""), text_of(document), seen))
        return answer

    def _judge(self, document: Mapping[str, Any], size: int, query: str, at_s: float) -> tuple[Answer, bool]:
        if self.bad is not None:
            return self._wrong(self.bad), False
        if self._too_fast(at_s):
            self.throttled += 1
            return self._say(*TOO_FAST[self.format]), False
        if self.secret and not self._signed(document, query, at_s):
            return self._say(*UNSIGNED[self.format]), False
        if len(text_of(document).encode()) > 2048 if self.format is Format.WECOM else size > 20_000:
            return self._say(*TOO_LONG[self.format]), False
        return self._say(0, "ok"), True

    def _too_fast(self, at_s: float) -> bool:
        """Counts every post, those that it refuses too."""
        lately = sum(post.at_s > at_s - 60 for post in self.posts)
        if self.format is Format.FEISHU:
            return lately >= 100 or sum(post.at_s > at_s - 1 for post in self.posts) >= 5 or at_s % 30 < 1
        if self.format is Format.DINGTALK and lately >= 20 and at_s >= self.blocked_until:
            self.blocked_until = at_s + 600
        return lately >= 20 or at_s < self.blocked_until

    def _signed(self, document: Mapping[str, Any], query: str, at_s: float) -> bool:
        if self.format is Format.DINGTALK:
            asked = parse_qs(query)
            stamp, sign = asked.get("timestamp", ["0"])[0], asked.get("sign", [""])[0]
            signed = hmac.new(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), hashlib.sha256)
            near = abs(int(stamp) / 1000 - at_s) < 3600
        else:
            stamp, sign = str(document.get("timestamp", "0")), document.get("sign", "")
            signed = hmac.new(f"{stamp}\n{self.secret}".encode(), b"", hashlib.sha256)
            near = abs(int(stamp) - at_s) < 3600
        return near and sign == base64.b64encode(signed.digest()).decode()

    def _say(self, code: int, said: str) -> Answer:
        names = ("code", "msg") if self.format is Format.FEISHU else ("errcode", "errmsg")
        return Answer(200, json.dumps({names[0]: code, names[1]: said}).encode())

    def _wrong(self, bad: Bad) -> Answer:
        match bad:
            case Bad.CODE:
                return self._say(*UNSIGNED[self.format])
            case Bad.HTML:
                return Answer(200, b"<html>Log in to the guest network</html>")
            case Bad.FAULT:
                return Answer(500, b"oops")
            case Bad.LATER:
                return Answer(429, b"", {"Retry-After": "30"})
            case Bad.ODD_JSON:
                return Answer(200, b'{"result": "fine"}')
            case Bad.CUT | Bad.HANG:
                return Answer(None)


TOO_FAST = {
    Format.WECOM: (45009, "api freq out of limit"),
    Format.DINGTALK: (130101, "send too fast, exceed 20 times per minute"),
    Format.FEISHU: (11232, "frequency limited"),
}
UNSIGNED = {
    Format.WECOM: (93000, "invalid webhook url"),
    Format.DINGTALK: (310000, "sign not match"),
    Format.FEISHU: (19021, "sign match fail or timestamp is not within one hour from current time"),
}
TOO_LONG = {
    Format.WECOM: (40058, "text.content exceed max length 2048"),
    Format.DINGTALK: (460101, "message too long"),
    Format.FEISHU: (9499, "Bad Request"),
}


def text_of(document: Mapping[str, Any]) -> str:
    """What people read of a robot's document."""
    return str(document.get("text", document).get("content") or document.get("content", {}).get("text", ""))


@contextmanager
def serve(robot: Robot) -> Iterator[str]:
    """The address of a robot that listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            answer = robot.take(content, urlsplit(self.path).query, dict(self.headers.items()), time.time())
            if answer.status is None:
                if robot.bad is Bad.HANG:
                    ended.wait(HANG_S)
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    ended = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/robot/send?key=0123456789"
    ended.set()
    server.shutdown()
    server.server_close()
