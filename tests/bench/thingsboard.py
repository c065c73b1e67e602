"""ThingsBoard's IoT gateway as a peer: its environment, its configuration at its fastest, and the server it asks."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as mqtt

from runtime.broker import connect_client
from runtime.settings import Broker

VERSION = "3.8.5"
# What the gateway would install by itself at its first start.
PACKAGES = (f"thingsboard-gateway=={VERSION}", "pymodbus==3.9.2", "pyserial", "pyserial-asyncio")
TELEMETRY = "v1/gateway/telemetry"
ASKED = "v1/devices/me/rpc/request/"
# A server without limits.
LIMITS = {"maxPayloadSize": 65_536, "maxInflightMessages": 10_000, "rateLimits": {}, "gatewayRateLimits": {}}
# Its Modbus library warns at each value that is decoded; nobody reads that here.
QUIET = {"version": 1, "disable_existing_loggers": False, "root": {"level": "CRITICAL"}}
RATE_LIMITS = ("rateLimits", "dpRateLimits", "messagesRateLimits")
RATE_LIMITS += ("deviceMessagesRateLimits", "deviceRateLimits", "deviceDpRateLimits")


def installed(folder: Path) -> Path | str:
    """The Python of a new environment with the gateway, or why there is none; ours stays as it is."""
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, capture_output=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"pip cannot install {PACKAGES[0]}: {done.stderr.strip().splitlines()[-1][:200]}"
    return python


def configure(folder: Path, broker_port: int, ports: Sequence[int], registers: int, poll_s: float) -> None:
    """One request a poll and device, all of its registers as numbers with a scale; nothing that is not needed."""
    folder.mkdir()
    server = {"host": "127.0.0.1", "port": broker_port, "qos": 1, "remoteConfiguration": False, "remoteShell": False}
    server |= {"statistics": {"enable": False}, "minPackSendDelayMS": 50, "minPackSizeToSend": 500}
    server |= {"maxPayloadSizeBytes": 65_536, "handleDeviceRenaming": False, "reportStrategy": {"type": "ON_RECEIVED"}}
    server |= {"security": {"type": "accessToken", "accessToken": "bench"}} | dict.fromkeys(RATE_LIMITS, "0:0,")
    connector = {"type": "modbus", "name": "plcs", "configuration": "modbus.json"}
    storage = {"type": "memory", "read_records_count": 1_000, "max_records_count": 100_000}
    gateway = {"thingsboard": server, "storage": storage, "grpc": {"enabled": False}, "connectors": [connector]}
    values = {"tag": "t${address}", "type": "16uint", "functionCode": 3, "address": f"0-{registers - 1}"}
    values |= {"objectsCount": 1, "maxRegistersPerRequest": registers, "multiplier": 0.1}
    common = {"host": "127.0.0.1", "type": "tcp", "method": "socket", "unitId": 1, "byteOrder": "BIG"}
    common |= {"wordOrder": "BIG", "timeout": 5, "pollPeriod": round(poll_s * 1000)}
    plcs = [
        common | {"port": port, "deviceName": f"plc-{number}", "attributes": [], "timeseries": [values]}
        for number, port in enumerate(ports)
    ]
    modbus = {"name": "plcs", "logLevel": "ERROR", "master": {"slaves": plcs}}
    for name, document in (("tb_gateway.json", gateway), ("modbus.json", modbus), ("logs.json", QUIET)):
        (folder / name).write_text(json.dumps(document), encoding="utf-8")


def started(python: Path, configuration: Path) -> subprocess.Popen[bytes]:
    """The gateway, in its folder."""
    environment = os.environ | {"TB_GW_CONFIG_DIR": str(configuration)}
    with (configuration / "gateway.log").open("wb") as log:
        return subprocess.Popen(
            [python, "-m", "thingsboard_gateway.tb_gateway"], cwd=configuration, env=environment, stdout=log, stderr=log
        )


class Server:
    """What a ThingsBoard server is to the gateway: tells its limits, and takes values, which are counted."""

    def __init__(self, broker_port: int) -> None:
        self.values = 0
        self.client = connect_client(
            Broker("127.0.0.1", broker_port, tls=False),
            client_id="thingsboard",
            on_connect=lambda client: client.subscribe([(TELEMETRY, 1), (f"{ASKED}+", 1)]),
            on_message=self._heard,
        )

    def stop(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def _heard(self, client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        if message.topic.startswith(ASKED):
            answer = message.topic.replace("request", "response")
            client.publish(answer, json.dumps(LIMITS), qos=1)
            return
        with suppress(ValueError):
            for readings in json.loads(message.payload).values():
                self.values += sum(len(reading["values"]) for reading in readings)
