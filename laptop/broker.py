"""A broker on this machine only: Mosquitto when it is installed, else amqtt from PyPI."""

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from laptop.ports import PortTaken, answers, is_free
from laptop.processes import end_with_parent

MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 10
max_inflight_messages 100
max_queued_messages 10000
message_size_limit 2000000
"""


class BrokerTrouble(RuntimeError):
    """The broker cannot start; the text says why and what to do."""


@dataclass
class LocalBroker:
    """A broker with its files in `folder`, without passwords: it listens on loopback only.

    `kind` is 'mosquitto' or 'amqtt'; None takes Mosquitto when it is there.
    amqtt forgets what it queued when it ends; the end-to-end acknowledgement makes that harmless.
    """

    folder: Path
    port: int
    kind: str | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """The URL of a broker that answers."""
        if not is_free(self.port):
            raise PortTaken(f"port {self.port} for the broker is taken: end the program that uses it")
        self.folder = self.folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kind = self.kind or ("mosquitto" if mosquitto() else "amqtt")
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509  - only a system call, before any thread of ours runs
            )
        deadline = time.monotonic() + 30
        while not answers(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BrokerTrouble(f"{self.kind} does not answer on port {self.port}: see {self.folder}/broker.log")
            time.sleep(0.02)
        return f"mqtt://127.0.0.1:{self.port}"

    def died(self) -> int | None:
        """The exit code of a broker that has ended by itself; None while it runs."""
        return None if self.process is None else self.process.poll()

    def restart(self) -> None:
        """Start one that has died again, on its port."""
        self.process = None
        self.start()

    def stop(self) -> None:
        """A clean end; doing it twice is nothing."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.process = None

    def kill(self, forget: bool = False) -> None:
        """kill -9; with `forget`, what it had saved is gone as well."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None
        if forget:
            (self.folder / "mosquitto.db").unlink(missing_ok=True)

    def _command(self) -> list[str]:
        if self.kind == "mosquitto":
            program = mosquitto()
            if program is None:
                raise BrokerTrouble("mosquitto is not installed: install it, or leave the choice open")
            # As root, Mosquitto would become user 'mosquitto', who cannot write here.
            config = MOSQUITTO.format(port=self.port, folder=self.folder) + "user root\n"
            (self.folder / "mosquitto.conf").write_text(config)
            return [program, "-c", str(self.folder / "mosquitto.conf")]
        settings = {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}", "max_connections": 200}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
        (self.folder / "amqtt.yaml").write_text(yaml.safe_dump(settings))
        return [str(Path(sys.executable).with_name("amqtt")), "-c", str(self.folder / "amqtt.yaml")]


def mosquitto() -> str | None:
    """The program, or None; Debian keeps it where a normal user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
