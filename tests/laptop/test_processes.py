"""The supervisor: who dies is named, and nobody is left behind, however the supervisor ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from laptop.processes import Processes
from tests.support.eventually import eventually

ENVIRONMENT = {"PATH": os.environ["PATH"]}
OBSTINATE = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
SUPERVISOR = """
import os, sys, time
from pathlib import Path
from laptop.processes import Processes
supervisor = Processes(Path(sys.argv[1]))
supervisor.start("sleeper", ["sleep", "600"], {"PATH": os.environ["PATH"]})
print(supervisor.running["sleeper"].pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path / "logs")
    yield made
    made.stop_all(1)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_who_ends_by_himself_is_named_with_his_code_and_last_words(processes: Processes) -> None:
    processes.start("steady", ["sleep", "600"], ENVIRONMENT)
    processes.start(
        "mortal", [sys.executable, "-c", "print('first'); print('the broker is on fire'); exit(3)"], ENVIRONMENT
    )

    eventually("its end", lambda: bool(processes.ended()))

    assert processes.ended() == {"mortal": 3}
    assert processes.last_line("mortal") == "the broker is on fire"


def test_a_service_gets_only_the_variables_it_is_given_and_the_log_of_the_last_run_is_kept(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_ANOTHER", "tell nobody")
    for _ in range(2):
        program = "import os; print(os.environ['GREETING'], os.environ.get('SECRET_OF_ANOTHER'))"
        processes.start("speaker", [sys.executable, "-c", program], ENVIRONMENT | {"GREETING": "moin"})
        eventually("its end", lambda: bool(processes.ended()))
        processes.stop_all()

    assert processes.log_of("speaker").read_text() == "moin None\n"
    assert processes.log_of("speaker").with_suffix(".log.old").read_text() == "moin None\n"


def test_who_does_not_end_on_sigterm_is_killed_after_a_while(processes: Processes) -> None:
    processes.start("obstinate", [sys.executable, "-c", OBSTINATE], ENVIRONMENT)
    pid = processes.running["obstinate"].pid
    eventually("its word", lambda: processes.last_line("obstinate") == "ready")

    processes.stop_all(0.5)

    assert not lives(pid)


def test_ctrl_c_reaches_the_supervisor_only(processes: Processes) -> None:
    processes.start("steady", ["sleep", "600"], ENVIRONMENT)

    assert os.getsid(processes.running["steady"].pid) != os.getsid(0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends a child with its parent")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nobody_is_left_when_the_supervisor_dies(tmp_path: Path, number: signal.Signals) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    child = int(supervisor.stdout.readline())
    assert lives(child)

    supervisor.send_signal(number)
    supervisor.wait(10)
    supervisor.stdout.close()

    eventually("the end of the child", lambda: not lives(child))
