"""A TCP proxy that forwards, stalls, swallows or cuts: partitions and half-open connections without privileges."""

import socket
import threading
from contextlib import suppress
from enum import Enum


class Mode(Enum):
    """What happens to bytes."""

    FORWARD = "forward"
    STALL = "stall"  # they wait, and go on when it is over
    CUT = "cut"  # connections are closed, new ones are refused


class Link:
    """One connection through the proxy; `dead` ones stay open and swallow everything, as after a lost router."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near, self.far = near, far
        self.dead = False

    def close(self) -> None:
        for end in (self.near, self.far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Proxy:
    """Listens on `port` and forwards to `target`, both on loopback."""

    def __init__(self, port: int, target: int) -> None:
        self.port, self.target = port, target
        self.mode = Mode.FORWARD
        self.changed = threading.Condition()
        self.links: set[Link] = set()
        self.listener: socket.socket | None = None
        self._listen()

    def stall(self) -> None:
        """Nothing moves in either direction, no connection breaks, new ones are accepted and hang."""
        self._become(Mode.STALL)

    def cut(self) -> None:
        """All connections break at once; new ones are refused."""
        self._become(Mode.CUT)
        self._deafen()
        for link in self._all():
            link.close()

    def heal(self) -> None:
        """New connections work, stalled bytes go on; dead connections stay dead."""
        if self.listener is None:
            self._listen()
        self._become(Mode.FORWARD)

    def kill_links(self) -> int:
        """Every connection of now becomes half-open for ever: both ends think that it lives; how many."""
        with self.changed:
            for link in self.links:
                link.dead = True
            self.changed.notify_all()
            return len(self.links)

    def close(self) -> None:
        """End everything."""
        self._become(Mode.CUT)
        self._deafen()
        for link in self._all():
            link.close()

    def _become(self, mode: Mode) -> None:
        with self.changed:
            self.mode = mode
            self.changed.notify_all()

    def _all(self) -> list[Link]:
        with self.changed:
            return list(self.links)

    def _listen(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _deafen(self) -> None:
        if self.listener is not None:
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target), 5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                link = Link(near, far)
                with self.changed:
                    self.links.add(link)
                for source, sink in ((near, far), (far, near)):
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._pump, args=(link, source, sink), daemon=True).start()

    def _pump(self, link: Link, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                with self.changed:
                    self.changed.wait_for(lambda: self.mode is not Mode.STALL or link.dead)
                if not link.dead:
                    sink.sendall(data)
        # The end of one side is not told over a dead or stalled connection either.
        with self.changed:
            self.changed.wait_for(lambda: self.mode is not Mode.STALL or link.dead)
        if not link.dead:
            link.close()
            with self.changed:
                self.links.discard(link)
