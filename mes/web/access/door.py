"""What must hold for every request before anything looks at it, and what every answer says to browsers."""

import asyncio
import re

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mes.web.access.access import CHANGES, Access, from_another_site, host_in
from mes.web.problems import Problem, answer

POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'"
)
# The script that shows the API's description writes styles into the page; no page of ours does.
DESCRIPTION = "/docs"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
MAX_BODY = 65_536
BODY_S = 10.0
KIB, MIB = 1024, 1024 * 1024
# Where more is sent than a form or one document of JSON, by whoever has a key: how much, and how long it may take.
LARGE = (
    (re.compile(r"/api/v1/product-versions/[0-9a-fA-F-]{36}/documents"), 20 * MIB, 60.0),
    (re.compile(r"/api/v1/bulk/[a-z-]+(/file)?"), MIB, 20.0),
    # A plant file, as a form sends it.
    (re.compile(r"/plant/(check|apply)"), 2 * MIB, 20.0),
    # A thousand orders as XML, with the names of its elements.
    (re.compile(r"/api/v1/b2mml/operations-schedule"), 4 * MIB, 30.0),
)
# Large bodies that are held at a time: a process has memory for no more of the largest.
MOST_LARGE = 4


class Door:
    """Lets a request in when its body is here as a whole; the application waits for no sender."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.large = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a problem, or let the request in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"] == DESCRIPTION:
                    headers.setdefault("Content-Security-Policy", f"{POLICY}; style-src 'self' 'unsafe-inline'")
                for name, text in HEADERS.items():
                    headers.setdefault(name, text)
            await send(message)

        request = Request(scope)
        most, within_s = limits_of(request.scope["path"])
        large = most > MAX_BODY
        found: bytes | Problem | None = _trouble(request, most) or (
            await _no_large(request, self.large) if large else None
        )
        self.large += large
        try:
            if found is None:
                found = await _body(receive, request, most, within_s)
            if isinstance(found, Problem):
                # What was not read of the body would be taken for the next request.
                refusal = answer(request, found, {"Connection": "close"})
                await refusal(scope, receive, send_with_headers)
            elif found is not None:
                await self.app(scope, _once(found, receive), send_with_headers)
        finally:
            self.large -= large


def limits_of(path: str) -> tuple[int, float]:
    """How many bytes a body may have at an address, and within how many seconds it must be here."""
    found = next((rest for pattern, *rest in LARGE if pattern.fullmatch(path)), None)
    return (MAX_BODY, BODY_S) if found is None else (int(found[0]), found[1])


async def _no_large(request: Request, held: int) -> Problem | None:
    """Why no large body is taken now: nobody without a key fills our memory, nor do all with one at once."""
    if request.method not in CHANGES:
        return None
    access: Access = request.app.state.context.access
    await access.recognise(request)
    if not access.open and access.holder(request) is None:
        if request.state.keys_away is not None:
            return Problem(503, "The database does not answer.", retry_after_s=2)
        if "authorization" in request.headers:
            try:
                access.need_patience(request)
            except Problem as wait:
                return wait
            access.wrong_key(request)
        return Problem(401, "This needs a key.")
    if held >= MOST_LARGE:
        return Problem(503, f"{held} large bodies are being taken already.", "Send it again.", retry_after_s=2)
    return None


def _too_large(most: int) -> Problem:
    told = f"{most // MIB} MiB" if most >= MIB else f"{most // KIB} KiB"
    return Problem(413, "The body is too large.", f"Send at most {told}.")


def _trouble(request: Request, most: int) -> Problem | None:
    access: Access = request.app.state.context.access
    host = request.headers.get("host", "")
    if host_in(host) is None and (host or access.open):
        return Problem(400, "The header Host is no name or address.", "Ask by the name or address of this machine.")
    if access.stranger_host(request):
        return Problem(403, "Without keys this service answers under this machine's own name only.")
    if from_another_site(request):
        return Problem(403, "A page of another site has sent this request.")
    if "transfer-encoding" in request.headers:
        return Problem(411, "The body's length is not given.", "Send a Content-Length, not a chunked body.")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 10 or int(length) > most:
        return _too_large(most)
    return None


async def _body(receive: Receive, request: Request, most: int, within_s: float) -> bytes | Problem | None:
    """The whole body, or what is wrong with it; None when its sender has gone. Bytes are counted, not believed."""
    if request.headers.get("content-length", "0") == "0":
        return b""
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                body += message.get("body", b"")
                if len(body) > most:
                    return _too_large(most)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return Problem(408, f"The body did not come within {within_s:.0f} s.", "Send the request again, in one go.")


def _once(body: bytes, receive: Receive) -> Receive:
    """The body as one message; what comes after it is the server's."""
    told = False

    async def next_message() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message
