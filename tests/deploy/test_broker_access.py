"""deploy/broker: an edge speaks only under its own name; nobody gets in without a password."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

pytestmark = pytest.mark.skipif(shutil.which("mosquitto") is None, reason="mosquitto is not installed")
PASSWORDS = {"line-1": "one", "line-2": "two", "collector": "three", "mes": "four", "erp": "five"}


@pytest.fixture
def guarded_port(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[int]:
    """Mosquitto with the access list that we ship, on this machine, without the TLS listener."""
    port = free_port()
    shipped = Path("deploy/broker/acl").read_text(encoding="utf-8")
    # A subscriber as its comment describes it.
    (tmp_path / "acl").write_text(f"{shipped}\nuser erp\ntopic read shopfloor/v1/+/_event/#\n", encoding="utf-8")
    (tmp_path / "passwords").touch(mode=0o600)
    for user, password in PASSWORDS.items():
        subprocess.run(["mosquitto_passwd", "-b", str(tmp_path / "passwords"), user, password], check=True)
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    tmp_path.chmod(0o755)
    (tmp_path / "mosquitto.conf").write_text(
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous false\n"
        f"password_file {tmp_path}/passwords\nacl_file {tmp_path}/acl\n"
    )
    process = subprocess.Popen(["mosquitto", "-c", str(tmp_path / "mosquitto.conf")])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(10)


def connected(
    port: int, user: str, password: str | None, heard: list[str], topic: str = "shopfloor/v1/#"
) -> mqtt.Client | None:
    """A client that has subscribed to everything it asks for, or None when it is refused."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"test-{user}")
    client.username_pw_set(user, password)
    answered, subscribed = threading.Event(), threading.Event()
    refused: list[bool] = []

    def on_connect(_c: mqtt.Client, _u: object, _f: object, reason: object, _p: object) -> None:
        refused.append(bool(getattr(reason, "is_failure", True)))
        answered.set()

    client.on_connect = on_connect
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _c, _u, message: heard.append(message.topic)
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert answered.wait(10)
    if refused[0]:
        client.loop_stop()
        return None
    client.subscribe(topic, qos=1)
    assert subscribed.wait(10)
    return client


def test_nobody_gets_in_without_the_right_password(guarded_port: int) -> None:
    assert connected(guarded_port, "line-1", "guess", []) is None
    assert connected(guarded_port, "nobody", None, []) is None


def test_an_edge_speaks_and_listens_only_under_its_own_name(guarded_port: int) -> None:
    at_collector: list[str] = []
    at_edge: list[str] = []
    collector = connected(guarded_port, "collector", "three", at_collector)
    edge = connected(guarded_port, "line-1", "one", at_edge)
    assert collector is not None
    assert edge is not None

    for topic in ("line-2/frame", "line-2/status", "line-2/claim", "line-1/ack", "line-1/frame"):
        edge.publish(f"shopfloor/v1/site/{topic}", b"x", qos=1)
    for topic in ("line-1/frame", "line-2/ack", "line-1/ack"):
        collector.publish(f"shopfloor/v1/site/{topic}", b"x", qos=1)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not (at_collector and at_edge):
        time.sleep(0.02)
    edge.loop_stop()
    collector.loop_stop()

    # Each list's last entry was published last, so whatever was allowed before it has arrived.
    assert at_collector == ["shopfloor/v1/site/line-1/frame"]
    assert at_edge == ["shopfloor/v1/site/line-1/ack"]


def test_the_collector_may_share_frames_with_others(guarded_port: int) -> None:
    heard: list[str] = []
    collector = connected(guarded_port, "collector", "three", heard, "$share/all/shopfloor/v1/+/+/frame")
    edge = connected(guarded_port, "line-1", "one", [])
    assert collector is not None
    assert edge is not None

    edge.publish("shopfloor/v1/site/line-1/frame", b"x", qos=1)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not heard:
        time.sleep(0.02)
    edge.loop_stop()
    collector.loop_stop()

    assert heard == ["shopfloor/v1/site/line-1/frame"]


def test_mes_tells_what_happened_and_nothing_in_the_name_of_an_edge(guarded_port: int) -> None:
    at_collector: list[str] = []
    at_erp: list[str] = []
    collector = connected(guarded_port, "collector", "three", at_collector)
    erp = connected(guarded_port, "erp", "five", at_erp)
    mes, edge = connected(guarded_port, "mes", "four", []), connected(guarded_port, "line-1", "one", [])
    clients = [one for one in (collector, erp, mes, edge) if one is not None]
    assert len(clients) == 4

    for topic in ("line-2/frame", "line-1/status", "_event/stamping/press-1/stop.changed"):
        clients[2].publish(f"shopfloor/v1/site/{topic}", b"x", qos=1)
    for topic in ("_event/stamping/press-2/stop.changed", "line-1/frame"):
        clients[3].publish(f"shopfloor/v1/site/{topic}", b"x", qos=1)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not (at_collector and at_erp):
        time.sleep(0.02)
    for client in clients:
        client.loop_stop()

    assert at_collector == ["shopfloor/v1/site/line-1/frame"]
    assert at_erp == ["shopfloor/v1/site/_event/stamping/press-1/stop.changed"]
