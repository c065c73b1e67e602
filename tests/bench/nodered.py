"""Node-RED with node-red-contrib-modbus as a peer: its folder, and a flow that reads, scales and publishes."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as mqtt

from runtime.broker import connect_client
from runtime.settings import Broker

# Newer ones of the second fetch a part of theirs from elsewhere.
PACKAGES = ("node-red@4.1.15", "node-red-contrib-modbus@5.23.3")
TOPIC = "plant/values"
SETTINGS = """module.exports = {{
    flowFile: "flows.json", uiHost: "127.0.0.1", uiPort: {port}, httpAdminRoot: false, httpNodeRoot: false,
    telemetry: {{enabled: false, updateNotification: false}}, logging: {{console: {{level: "error"}}}},
    contextStorage: {{default: {{module: "memory"}}}},
}};
"""
SCALE = """msg.topic = "plant/values";
msg.payload = {at: Date.now(), values: msg.payload.map(word => word * 0.1)};
return msg;
"""


def installed(folder: Path) -> str:
    """Why there is none in this folder, empty when there is one now."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "node and npm are not installed (Debian: nodejs, npm)"
    folder.mkdir()
    command = ["npm", "install", "--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts", *PACKAGES]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"npm cannot install {PACKAGES[0]}: {done.stderr.strip().splitlines()[-1][:200]}"
    return ""


def configure(
    folder: Path, own_port: int, broker_port: int, ports: Sequence[int], registers: int, poll_s: float
) -> None:
    """One request a poll and device, a scale for each value, one message a poll."""
    (folder / "settings.js").write_text(SETTINGS.format(port=own_port), encoding="utf-8")
    broker = {"id": "broker", "type": "mqtt-broker", "broker": "127.0.0.1", "port": str(broker_port), "keepalive": "60"}
    broker |= {"protocolVersion": "4", "cleansession": True, "autoConnect": True}
    publish = {
        "id": "publish",
        "type": "mqtt out",
        "z": "flow",
        "topic": "",
        "qos": "1",
        "broker": "broker",
        "wires": [],
    }
    scale = {"id": "scale", "type": "function", "z": "flow", "func": SCALE, "outputs": 1, "wires": [["publish"]]}
    nodes: list[dict[str, object]] = [{"id": "flow", "type": "tab", "label": "bench"}, broker, publish, scale]
    for number, port in enumerate(ports):
        client = {"id": f"client-{number}", "type": "modbus-client", "name": f"plc-{number}", "clienttype": "tcp"}
        client |= {"bufferCommands": True, "tcpHost": "127.0.0.1", "tcpPort": str(port), "tcpType": "DEFAULT"}
        client |= {"unit_id": "1", "commandDelay": "1", "clientTimeout": "5000", "reconnectTimeout": "2000"}
        client |= {"reconnectOnTimeout": True, "parallelUnitIdsAllowed": True}
        read = {
            "id": f"read-{number}",
            "type": "modbus-read",
            "z": "flow",
            "unitid": "1",
            "dataType": "HoldingRegister",
        }
        read |= {"adr": "0", "quantity": str(registers), "rate": str(round(poll_s * 1000)), "rateUnit": "ms"}
        read |= {"startDelay": "1", "server": f"client-{number}", "wires": [["scale"], []]}
        nodes += [client, read]
    (folder / "flows.json").write_text(json.dumps(nodes), encoding="utf-8")


def started(folder: Path) -> subprocess.Popen[bytes]:
    """Node-RED, in its folder."""
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            ["node", "node_modules/node-red/red.js", "--userDir", "."], cwd=folder, stdout=log, stderr=log
        )


class Listener:
    """Counts the values that come."""

    def __init__(self, broker_port: int) -> None:
        self.values = 0
        self.client = connect_client(
            Broker("127.0.0.1", broker_port, tls=False),
            client_id="listener",
            on_connect=lambda client: client.subscribe(TOPIC, 1),
            on_message=self._heard,
        )

    def stop(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def _heard(self, _: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        with suppress(ValueError):
            self.values += len(json.loads(message.payload)["values"])
