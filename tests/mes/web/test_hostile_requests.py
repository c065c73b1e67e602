"""What a stranger's bytes can do to a running mes: nothing."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.mes.running import Running, mes
from tests.support.eventually import eventually

KEY = "erp-key-0123456789"
GONE_WITHIN_S = 20
ELSEWHERE = ("//134744072", "//evil", "/\\evil", "https://evil", "//alarms", "/stops//evil", "/alarms\r\nX: y", "")


@pytest.fixture
def running(database: str, free_port: Callable[[], int], tmp_path: Path) -> Iterator[Running]:
    with mes(database, free_port(), tmp_path / "mes.log", API_KEY_ERP=KEY) as found:
        yield found


def opened(running: Running, text: bytes) -> socket.socket:
    sender = socket.create_connection(("127.0.0.1", running.port), timeout=10)
    sender.sendall(text)
    return sender


def first_line(running: Running, text: bytes) -> str:
    """How a request is answered that was written byte by byte."""
    with opened(running, text) as sender:
        return sender.recv(4096).split(b"\r\n", 1)[0].decode()


def lives(running: Running) -> float:
    """In how many seconds health and a wall are answered."""
    began = time.monotonic()
    assert httpx.get(f"{running.url}/health/live", timeout=5).status_code == 200
    assert httpx.get(f"{running.url}/wall/pumps", timeout=5).status_code == 200
    return time.monotonic() - began


def test_a_body_is_measured_by_its_bytes_whatever_its_headers_say(running: Running) -> None:
    before, block = running.memory_mb, b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    with opened(running, head) as sender:
        assert cut_off(sender, block)

    assert first_line(running, head) == "HTTP/1.1 411 Length Required"
    assert running.memory_mb < before + 20
    assert lives(running) < 1


def test_a_head_without_end_is_cut_off(running: Running) -> None:
    before = running.memory_mb
    with opened(running, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ") as sender:
        assert cut_off(sender, b"a" * 0x100000)

    assert running.memory_mb < before + 20
    assert lives(running) < 1


def test_half_sent_requests_are_gone_after_a_while_and_hold_nobody_up_meanwhile(running: Running) -> None:
    halves = (
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nk",
        b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT",
    )
    before = running.open_files
    slow = [opened(running, halves[number % len(halves)]) for number in range(300)]
    began = time.monotonic()

    eventually("many open files", lambda: running.open_files >= before + 280, 8)
    assert lives(running) < 1
    while time.monotonic() < began + 8:
        for sender in slow[1::5]:
            drip(sender)  # a byte now and then gains no time
        time.sleep(1)
    eventually("few open files", lambda: running.open_files < before + 10, GONE_WITHIN_S - 8)

    for sender in slow:
        sender.close()
    assert lives(running) < 1


def cut_off(sender: socket.socket, block: bytes) -> bool:
    """True when the other side hangs up long before it has taken 60 blocks."""
    try:
        for _ in range(60):
            sender.sendall(block)
    except OSError:
        return True
    return False


def drip(sender: socket.socket) -> None:
    with suppress(OSError):
        sender.sendall(b"T")


def test_a_host_that_is_no_name_is_a_bad_request(database: str, free_port: Callable[[], int], tmp_path: Path) -> None:
    hosts = {
        "[::": 400,
        "[:::::]": 400,
        "localhost@evil.example": 400,
        "localhost, evil.example": 400,
        "local\\host": 400,
        "localhost:http": 400,
        "evil.example": 403,
        "[::1]:8080": 200,
        "localhost:8080": 200,
    }
    with mes(database, free_port(), tmp_path / "mes.log") as running:
        found = {
            host: int(first_line(running, f"GET /health/live HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).split()[1])
            for host in hosts
        }

    assert found == hosts


def test_logging_in_leads_to_pages_of_this_site_only(running: Running) -> None:
    for elsewhere in ELSEWHERE:
        answer = httpx.post(f"{running.url}/login", data={"key": KEY, "next": elsewhere})
        page = httpx.get(f"{running.url}/login", params={"next": elsewhere})

        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "evil" not in page.text
        assert "134744072" not in page.text


def test_keys_are_not_found_by_trying(running: Running) -> None:
    tries = [httpx.post(f"{running.url}/login", data={"key": f"guess-{number}"}) for number in range(12)]
    right = httpx.post(f"{running.url}/login", data={"key": KEY})
    guess = httpx.get(f"{running.url}/api/v1/orders", headers={"Authorization": "Bearer guess"})
    erp = httpx.get(f"{running.url}/api/v1/orders", headers={"Authorization": f"Bearer {KEY}"})

    assert [answer.status_code for answer in tries] == [401] * 10 + [429] * 2
    assert 0 < int(tries[-1].headers["Retry-After"]) <= 60
    assert (right.status_code, guess.status_code) == (429, 429)
    # Whoever has a key already goes on with its work, whoever else sits behind the same address.
    assert erp.status_code == 200
    assert running.said("login_throttled") == 1


def test_a_large_body_is_read_only_for_who_has_a_key_and_few_at_a_time(running: Running) -> None:
    path = "/api/v1/product-versions/00000000-0000-4000-8000-000000000000/documents?name=x"
    length = 20 * 1024 * 1024
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n"
    known = f"{head}Authorization: Bearer {KEY}\r\n\r\n".encode()
    stranger = first_line(running, f"{head}\r\n".encode())
    halves = [opened(running, known + b"half") for _ in range(4)]
    busy, taken = "HTTP/1.1 503 Service Unavailable", "HTTP/1.1 404 Not Found"
    eventually("a fifth one is refused", lambda: first_line(running, known) == busy, despite=TimeoutError)
    quick = lives(running)
    for half in halves:
        half.close()
    eventually("a whole one is taken", lambda: first_line(running, known + b"a" * length) == taken)

    assert stranger == "HTTP/1.1 401 Unauthorized"
    assert quick < 1
