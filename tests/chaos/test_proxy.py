"""The proxy does what the rows take it to do."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from tests.chaos.proxy import Proxy

SOON_S = 0.3


@pytest.fixture
def proxy(free_port: Callable[[], int]) -> Iterator[Proxy]:
    """A proxy before a server that sends everything back."""
    server = socket.create_server(("127.0.0.1", 0))

    def echo(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while data := connection.recv(1000):
                connection.sendall(data)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    made = Proxy(free_port(), server.getsockname()[1])
    yield made
    made.close()
    server.close()


def said(connection: socket.socket, word: bytes) -> bytes | None:
    """What comes back, empty when the connection is closed, None when nothing comes soon."""
    connection.settimeout(SOON_S)
    try:
        connection.sendall(word)
        return connection.recv(1000)
    except TimeoutError:
        return None
    except OSError:
        return b""


def test_bytes_that_were_stalled_go_on_when_it_is_over(proxy: Proxy) -> None:
    with closing(socket.create_connection(("127.0.0.1", proxy.port))) as connection:
        before = said(connection, b"a")
        proxy.stall()
        meanwhile = said(connection, b"b")
        proxy.heal()
        after = connection.recv(1000)

    assert (before, meanwhile, after) == (b"a", None, b"b")


def test_cut_connections_are_closed_and_new_ones_refused_until_it_is_healed(proxy: Proxy) -> None:
    with closing(socket.create_connection(("127.0.0.1", proxy.port))) as connection:
        said(connection, b"a")
        proxy.cut()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port))
        cut = said(connection, b"b")
        proxy.heal()
        with closing(socket.create_connection(("127.0.0.1", proxy.port))) as again:
            healed = said(again, b"c")

    assert (cut, healed) == (b"", b"c")


def test_a_half_open_connection_swallows_everything_for_ever_while_new_ones_work(proxy: Proxy) -> None:
    with closing(socket.create_connection(("127.0.0.1", proxy.port))) as connection:
        said(connection, b"a")
        killed = proxy.kill_links()
        dead = said(connection, b"b")
        proxy.heal()
        still_dead = said(connection, b"c")
        with closing(socket.create_connection(("127.0.0.1", proxy.port))) as again:
            alive = said(again, b"d")

    assert (killed, dead, still_dead, alive) == (1, None, None, b"d")
