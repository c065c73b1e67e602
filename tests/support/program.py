"""`shopfloor ...` as a process of its own, forked from one that has imported all services: a start takes no second.

The command line itself, from `python shopfloor.py` on, is what tests/test_shopfloor.py, the demo's tests, those of
commands and those that measure memory start.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from laptop.processes import end_with_parent

IMPORTED = (
    "shopfloor",
    "simulator.service",
    "edge.agent",
    "collector.service",
    "mes.service",
    "alerts.service",
    "tests.support.warm",
)
FORKED = get_context("forkserver")
FORKED.set_forkserver_preload(list(IMPORTED))


class Program:
    """What subprocess.Popen offers, of a program that was forked; its output goes to the end of a file, or nowhere."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path | None = None,
        errors: Path | None = None,
    ) -> None:
        absent = [name for name in IMPORTED if find_spec(name) is None]
        assert not absent, f"{absent} have other names now: each start would import the services again"
        self.arguments = tuple(arguments)
        said = os.devnull if log is None else str(log.resolve())
        wrong = said if errors is None else str(errors.resolve())
        self._process = FORKED.Process(target=_run, args=(self.arguments, dict(environment), said, wrong), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, less than 0 for a signal; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """As `returncode`."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, as soon as it has ended."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """A signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def finished(
    arguments: Sequence[str], environment: Mapping[str, str], timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """What subprocess.run with captured output gives, of a command that was forked."""
    with TemporaryDirectory() as folder:
        said, wrong = Path(folder) / "said", Path(folder) / "wrong"
        program = Program(arguments, environment, said, wrong)
        try:
            code = program.wait(timeout)
        finally:
            program.kill()
        texts = (path.read_text(encoding="utf-8") if path.exists() else "" for path in (said, wrong))
        return subprocess.CompletedProcess(program.arguments, code, *texts)


def _run(arguments: Sequence[str], environment: Mapping[str, str], log: str, errors: str) -> None:
    """In the child: as `python shopfloor.py` would begin."""
    end_with_parent()
    for number, path in ((1, log), (2, errors)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    import shopfloor

    sys.exit(shopfloor.main(list(arguments)))
