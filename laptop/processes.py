"""Child processes by name: started together, watched, ended in reverse order; none is left behind."""

import ctypes
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
MOMENT_S = 2
LIBC = ctypes.CDLL(None)


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """For a child before it runs: this signal when its parent dies, however it dies; only Linux can."""
    if hasattr(LIBC, "prctl"):
        LIBC.prctl(PR_SET_PDEATHSIG, number)


@dataclass
class Processes:
    """Services of one installation; each writes its log to `logs/<name>.log`."""

    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start one with these variables and no others; its log begins anew, the last one is kept as <name>.log.old."""
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.log_of(name)
        if path.exists():
            path.replace(path.with_suffix(".log.old"))
        with path.open("wb") as log:
            self.running[name] = subprocess.Popen(
                list(command),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=environment,
                # In a session of its own, Ctrl-C reaches only us, and we end the others in the right order.
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509  - only a system call, before any thread of ours runs
            )

    def log_of(self, name: str) -> Path:
        """Where a service's log is."""
        return self.logs / f"{name}.log"

    def last_line(self, name: str) -> str:
        """The last thing a service said, or nothing."""
        lines = self.log_of(name).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def ended(self) -> dict[str, int]:
        """Those that have ended by themselves, with their exit codes."""
        codes = {name: process.poll() for name, process in self.running.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def stop_all(self, seconds: float = 10) -> None:
        """SIGTERM in reverse order of start, each with a moment to end before the next; SIGKILL to who does not."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(MOMENT_S)
        deadline = time.monotonic() + seconds
        for process in reversed(self.running.values()):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.running.clear()
