"""GET /health/live, /health/ready and /metrics of a service without a web server of its own, in a thread.

The thread answers whatever the service's loops do: only so can it tell that one of them stands still.
"""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import structlog
from prometheus_client import CONTENT_TYPE_LATEST

from runtime.health import Answer, Health
from runtime.settings import BadSetting, Endpoint, is_loopback

log = structlog.get_logger()
PATHS = ("/health/live", "/health/ready", "/metrics")


@contextmanager
def serving(endpoint: Endpoint | None, health: Health) -> Iterator[None]:
    """Answers while the block runs; nothing without an endpoint. BadSetting when the port cannot be had."""
    if endpoint is None:
        yield
        return
    try:
        server = _Server(endpoint, health)
    except OSError as err:
        raise BadSetting(
            f"cannot listen on SHOPFLOOR_HEALTH={endpoint} ({err.strerror or err}): "
            "end the program that uses this port, or give another address of this machine"
        ) from err
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health", daemon=True)
    thread.start()
    log.info("health_listens", host=endpoint.host, port=server.server_address[1])
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    """Not http.server's own: that one asks the name service for this machine's name first."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 32

    def __init__(self, endpoint: Endpoint, health: Health) -> None:
        self.health = health
        self.local_only = is_loopback(endpoint.host)
        self.address_family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
        super().__init__((endpoint.host, endpoint.port), _Request)


class _Request(BaseHTTPRequestHandler):
    """One question; who says nothing for five seconds is left."""

    server: _Server
    timeout = 5
    server_version = "shopfloor"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one of three addresses."""
        health, path = self.server.health, urlsplit(self.path).path
        if self.server.local_only and not is_loopback(urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""):
            # A page of another site whose name leads to this machine.
            self._say(403, "text/plain", b"This service answers under this machine's own name only.\n")
        elif path == "/metrics":
            self._say(200, CONTENT_TYPE_LATEST, health.metrics(health.parts()))
        elif path == "/health/live":
            self._tell(health.live())
        elif path == "/health/ready":
            self._tell(health.ready(health.parts()))
        else:
            self._say(404, "text/plain", f"There is only {', '.join(PATHS)}.\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a question every few seconds is no change of condition."""

    def _tell(self, answer: Answer) -> None:
        self._say(answer.status, "application/json", json.dumps(answer.document).encode() + b"\n")

    def _say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
