"""The service mes as a process: it starts, says what is wrong in one line, and stops when told."""

import hashlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import TupleRow

from collector.writer import Message, Writer
from config.load import load_plant
from contract.frame import encode
from contract.sample import Quality, Sample
from contract.topics import frame_topic
from mes.service import renew, run
from runtime.own_authority import fingerprint_of
from runtime.settings import BadSetting, Settings, settings_from
from tests.mes.house import SECOND, START
from tests.support.eventually import eventually
from tests.support.frames import frame_of

PLANT = Path("config/demo.yaml")
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"
STOPS_WITHIN_S = 5
STARTS_WITHIN_S = 20


@contextmanager
def mes(**settings: Any) -> Iterator[subprocess.Popen[str]]:
    variables = {f"SHOPFLOOR_{name}": str(value) for name, value in settings.items()}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    process = subprocess.Popen(
        [sys.executable, "shopfloor.py", "mes"], env=clean | variables, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def ready(url: str, **options: Any) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=2, **options).status_code == 200
    except httpx.TransportError:
        return False


def ended(process: subprocess.Popen[str], within_s: float) -> tuple[int, str]:
    _, said = process.communicate(timeout=within_s)
    return process.returncode, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_mes_starts_on_an_empty_database_and_stops_when_told(
    database: str, free_port: Callable[[], int], number: signal.Signals
) -> None:
    port = free_port()
    with mes(DATABASE=database, PORT=port) as process:
        eventually("ready", lambda: ready(f"http://127.0.0.1:{port}"), STARTS_WITHIN_S)
        process.send_signal(number)

        code, said = ended(process, STOPS_WITHIN_S)

    assert code == 0
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_one_line_with_the_cure(database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with mes(DATABASE=database, PORT=port) as process:
            code, said = ended(process, STARTS_WITHIN_S)

    complaint = [line for line in said.splitlines() if not line.startswith("{")]
    assert code == 2
    assert len(complaint) == 1
    assert str(port) in complaint[0]
    assert "SHOPFLOOR_PORT" in complaint[0]


def test_a_second_mes_on_the_same_database_is_one_line_with_the_cure(
    database: str, free_port: Callable[[], int]
) -> None:
    port = free_port()
    with mes(DATABASE=database, PORT=port):
        eventually("ready", lambda: ready(f"http://127.0.0.1:{port}"), STARTS_WITHIN_S)
        with mes(DATABASE=database, PORT=free_port()) as second:
            code, said = ended(second, STARTS_WITHIN_S)

    complaint = [line for line in said.splitlines() if not line.startswith("{")]
    assert code == 2
    assert len(complaint) == 1
    assert "Another mes" in complaint[0]


def test_mes_outlives_its_connections(database: str, free_port: Callable[[], int]) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}"
    with mes(DATABASE=database, PORT=port) as process:
        eventually("ready", lambda: ready(url), STARTS_WITHIN_S)

        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'shopfloor-%'"
            )
        eventually("a lost keeper or not ready", lambda: not ready(url) or facts_keeper(database), STARTS_WITHIN_S)
        eventually("a keeper again", lambda: ready(url) and facts_keeper(database), STARTS_WITHIN_S)

        assert process.poll() is None


def facts_keeper(database: str) -> bool:
    with psycopg.connect(database) as conn:
        found = conn.execute(
            "SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'shopfloor-mes-facts'"
        )
        return found.fetchone() is not None


def test_a_stop_waits_for_no_statement_that_hangs(database: str, free_port: Callable[[], int]) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}"
    with mes(DATABASE=database, PORT=port) as process, psycopg.connect(database) as other:
        eventually("ready", lambda: ready(url), STARTS_WITHIN_S)
        # Not ACCESS EXCLUSIVE: that takes a transaction number, and frames after an open one wait to be read.
        other.execute("LOCK TABLE state_change IN EXCLUSIVE MODE")
        know_running(database, START)
        eventually("a wait for a lock", lambda: waits_for_a_lock(database), STARTS_WITHIN_S)
        process.send_signal(signal.SIGTERM)

        code, said = ended(process, STOPS_WITHIN_S)

    assert code == 0
    assert "Traceback" not in said


def test_a_frame_is_in_the_facts_before_anybody_would_look_by_himself(
    database: str, free_port: Callable[[], int]
) -> None:
    url, delays = f"http://127.0.0.1:{(port := free_port())}", []
    with mes(DATABASE=database, PORT=port), psycopg.connect(database, autocommit=True) as conn:
        eventually("ready", lambda: ready(url), STARTS_WITHIN_S)
        for number in range(1, 12):
            # Spread over the time between two rounds, so that some come while mes is busy.
            time.sleep(0.037 * number)
            know_running(database, START + number * 60 * SECOND, seq=number)
            began = time.monotonic()
            eventually("facts", lambda count=2 * number: facts_in(conn) >= count, STARTS_WITHIN_S)
            delays.append(time.monotonic() - began)

    assert sorted(delays)[len(delays) // 2] < 0.5, delays


def know_running(database: str, at_us: int, seq: int = 1) -> None:
    """One frame: press-1 runs."""
    frame = frame_of("edge-1", 1, seq, [Sample("press-1", "state", at_us, at_us, 1.0, Quality.GOOD)])
    writer = Writer(database, "suzhou")
    writer.write([Message(frame_topic("suzhou", "edge-1"), encode(frame))])
    writer.close()


def facts_in(conn: psycopg.Connection[TupleRow]) -> int:
    row = conn.execute("SELECT count(*) FROM state_change").fetchone()
    return row[0] if row else 0


def waits_for_a_lock(database: str) -> bool:
    with psycopg.connect(database) as conn:
        found = conn.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return found.fetchone() is not None


def test_without_its_database_mes_answers_and_stops_when_told(free_port: Callable[[], int]) -> None:
    port = free_port()
    program = (
        "import os, sys; from pathlib import Path; from config.load import load_plant;"
        "from runtime.settings import settings_from; from mes.service import renew, run;"
        f"sys.exit(run(settings_from(os.environ), load_plant(Path('{PLANT}'))))"
    )
    variables = {"SHOPFLOOR_DATABASE": NO_DATABASE, "SHOPFLOOR_PORT": str(port), "PYTHONPATH": "."}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=os.environ | variables, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            eventually("alive", lambda: answers(f"http://127.0.0.1:{port}/health/live"), STARTS_WITHIN_S)
            process.send_signal(signal.SIGTERM)

            code, said = ended(process, STOPS_WITHIN_S)
        finally:
            process.kill()

    assert code == 0
    assert "Traceback" not in said


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    ("variables", "cure"),
    [
        ({"HOST": "0.0.0.0", "API_KEY_ERP": "k" * 16}, "SHOPFLOOR_TLS_CERTIFICATE"),
        ({"TLS_CERTIFICATE": "no-such.pem", "TLS_KEY": "no-such.pem"}, "SHOPFLOOR_TLS_CERTIFICATE"),
        ({"TLS_CERTIFICATE": "config/demo.yaml"}, "SHOPFLOOR_TLS_KEY"),
        ({"ORDERS": "no-such.yaml"}, "SHOPFLOOR_ORDERS"),
        ({"HOST": "192.0.2.1", "API_KEY_ERP": "k" * 16, "ALLOW_PLAINTEXT": "yes"}, "SHOPFLOOR_HOST"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_cure(variables: dict[str, str], cure: str) -> None:
    named = {f"SHOPFLOOR_{name}": text for name, text in variables.items()}
    settings = settings_from(named | {"SHOPFLOOR_DATABASE": NO_DATABASE})

    with pytest.raises(BadSetting, match=cure) as complaint:
        run(settings, load_plant(PLANT))

    assert "\n" not in str(complaint.value)


def test_with_a_certificate_only_https_is_spoken(database: str, free_port: Callable[[], int], tmp_path: Path) -> None:
    certificate, key = tmp_path / "mes.pem", tmp_path / "mes.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    port = free_port()
    with mes(DATABASE=database, PORT=port, TLS_CERTIFICATE=certificate, TLS_KEY=key):
        trusted = ssl.create_default_context(cafile=str(certificate))

        eventually("ready with TLS", lambda: ready(f"https://localhost:{port}", verify=trusted), STARTS_WITHIN_S)

        assert not ready(f"http://localhost:{port}")


def test_with_an_authority_of_its_own_a_tablet_that_trusts_it_sees_no_warning(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    port = free_port()
    own = {"HTTPS": "own", "HTTPS_NAMES": "mes.local", "DATA": tmp_path}
    with mes(DATABASE=database, PORT=port, **own):
        eventually("it is made", (tmp_path / "https" / "ca.crt").exists, STARTS_WITHIN_S)
        trusted = ssl.create_default_context(cafile=str(tmp_path / "https" / "ca.crt"))
        eventually("ready", lambda: ready(f"https://localhost:{port}", verify=trusted), STARTS_WITHIN_S)
        with httpx.Client(verify=trusted, base_url=f"https://127.0.0.1:{port}") as http:
            certificate, page, login = http.get("/ca.crt"), http.get("/ca"), http.get("/login")

        assert not ready(f"http://localhost:{port}")
    assert certificate.read() == (tmp_path / "https" / "ca.crt").read_bytes()
    assert certificate.headers["content-type"] == "application/x-x509-ca-cert"
    assert fingerprint_of(tmp_path / "https" / "ca.crt") in page.text
    assert "strict-transport-security" not in login.headers


def test_a_plant_file_that_was_applied_is_in_force_within_seconds(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    port, file = free_port(), tmp_path / "plant.yaml"
    text = PLANT.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    url = f"http://127.0.0.1:{port}"
    with mes(DATABASE=database, PORT=port, PLANT=file):
        eventually("mes answers", lambda: ready(url), STARTS_WITHIN_S)
        new = text.replace("Press 1", "Press One")
        said = {"text": new, "seen": hashlib.sha256(text.encode()).hexdigest(), "by": "Ann"}
        answer = httpx.post(f"{url}/plant/apply", data=said)

        assert answer.status_code == 303
        eventually("the new name", lambda: named(url, "press-1") == "Press One", STARTS_WITHIN_S)


def named(url: str, machine: str) -> str:
    """What a machine is called; empty while mes reads its file anew."""
    try:
        items = httpx.get(f"{url}/api/v1/equipment", timeout=2).json()["items"]
    except httpx.TransportError:
        return ""
    return next(str(item["name"]["en"]) for item in items if item["id"] == machine)


def test_a_certificate_that_was_renewed_is_shown_to_the_next_connection(tmp_path: Path) -> None:
    def settings(name: str) -> Settings:
        return settings_from({"SHOPFLOOR_HTTPS": "own", "SHOPFLOOR_HTTPS_NAMES": name, "SHOPFLOOR_DATA": str(tmp_path)})

    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    renew(settings("mes.old"), server)
    tablet = ssl.create_default_context(cafile=str(tmp_path / "https" / "ca.crt"))
    shown = [shakes_hands(server, tablet, "mes.old"), shakes_hands(server, tablet, "mes.new")]
    renew(settings("mes.new"), server)
    shown += [shakes_hands(server, tablet, "mes.old"), shakes_hands(server, tablet, "mes.new")]

    assert shown == [True, False, False, True]


def shakes_hands(server: ssl.SSLContext, tablet: ssl.SSLContext, name: str) -> bool:
    """Whether the tablet goes on, once both have said what they have to say."""
    to_server, to_tablet = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = tablet.wrap_bio(to_tablet, to_server, server_hostname=name)
    other = server.wrap_bio(to_server, to_tablet, server_side=True)
    for _ in range(4):
        for side in (one, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
    return True
