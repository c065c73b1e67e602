"""A receiver of webhooks that fails in a way of its own for each subject, before it takes what it is sent."""

import json
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler

from standardwebhooks import Webhook

from tests.support.local_server import LocalServer


class Way(Enum):
    """How the first attempt of a subject fails."""

    NONE = "none"
    ERROR = "500"
    TOO_MANY = "429 with Retry-After"
    TIME_OUT = "no answer in time"
    DROPPED = "taken, and the answer is lost"
    REFUSED = "400"
    REDIRECT = "302"
    SLOW = "200, and then a body that never ends"
    GONE = "410"


@dataclass
class Receiver:
    """Takes events and keeps them in the order in which they came; `taken` has repetitions in it."""

    ways: dict[str, Way] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    taken: list[dict[str, object]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    asked: list[tuple[float, str, int]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    mended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._attempts: Counter[str] = Counter()
        self.server = LocalServer(self.answer)

    @property
    def url(self) -> str:
        return f"{self.server.url}/in"

    def close(self) -> None:
        self.server.close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Verify, then fail or take it."""
        body = request.rfile.read(int(request.headers["Content-Length"]))
        event = json.loads(body)
        self.paths.append(request.path)
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body, dict(request.headers))
            except Exception as err:  # noqa: BLE001  - the test says so, in its own thread
                self.wrong.append(repr(err))
        if request.headers["webhook-id"] != event["id"]:
            self.wrong.append("webhook-id is not the event's id")
        subject = event["subject"]
        self._attempts[event["id"]] += 1
        self.asked.append((time.monotonic(), subject, event["position"]))
        way = self.ways.get(subject, Way.NONE)
        # What is parked stays wrong until somebody mends the receiver; all else works the second time.
        if not self.mended.is_set() if way in (Way.REFUSED, Way.REDIRECT) else self._attempts[event["id"]] == 1:
            self.fail(request, way, event)
        else:
            self.take(request, event)

    def fail(self, request: BaseHTTPRequestHandler, way: Way, event: dict[str, object]) -> None:
        if way is Way.NONE:
            self.take(request, event)
        elif way is Way.TIME_OUT:
            time.sleep(2)
        elif way is Way.DROPPED:
            self.taken.append(event)
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.connection.close()
        elif way is Way.SLOW:
            self.taken.append(event)
            request.send_response(200)
            request.send_header("Content-Length", "1000000")
            request.end_headers()
            time.sleep(2)
        else:
            status = {Way.ERROR: 500, Way.TOO_MANY: 429, Way.REFUSED: 400, Way.REDIRECT: 302, Way.GONE: 410}[way]
            request.send_response(status)
            request.send_header("Content-Length", "5")
            if way is Way.TOO_MANY:
                request.send_header("Retry-After", "2")
            if way is Way.REDIRECT:
                request.send_header("Location", "/elsewhere")
            request.end_headers()
            request.wfile.write(b"why\x00!")

    def take(self, request: BaseHTTPRequestHandler, event: dict[str, object]) -> None:
        self.taken.append(event)
        request.send_response(204)
        request.end_headers()
