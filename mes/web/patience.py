"""How long a connection may take to send a request: uvicorn itself waits for ever for the end of its head."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0


class PatientProtocol(H11Protocol):
    """HTTP/1.1 in which the head of a request must be complete in time; of its body the door takes care.

    The time begins with the connection or with the end of the answer before, not with each byte: a sender that drips
    gains nothing.
    """

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection owes a request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Some of a request, or all of it."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """The answer is out: the next request, or the end."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is needed_later any more."""
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        needed_later = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        if not needed_later:
            self._stop_watching()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_S, self.transport.abort)

    def _stop_watching(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
