"""The command line: help that is enough, and one clear line with exit code 2 for everything a person can put right."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.program import finished

SUBCOMMANDS = ("demo", "check", "migrate", "simulator", "edge", "collector", "mes", "alerts", "verify", "tags", "scan")
SUBCOMMANDS += ("audit-entries", "client", "new-epoch")
NO_SETTINGS: Mapping[str, str] = {}


def shopfloor(*arguments: str, settings: Mapping[str, str] = NO_SETTINGS) -> subprocess.CompletedProcess[str]:
    """Run a subcommand with these settings and no others."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    return finished(arguments, environment | settings)


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """What it complained of, after checking that it did so properly."""
    assert result.returncode == 2, result
    assert "Traceback" not in result.stderr
    return result.stderr.strip().splitlines()[-1]


def test_help_names_every_subcommand_and_setting_in_both_languages() -> None:
    """The command itself; all others are forked from a process that has imported it."""
    command = [sys.executable, "shopfloor.py", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    assert all(name in text for name in SUBCOMMANDS)
    assert all(name in text for name in ("SHOPFLOOR_BROKER", "SHOPFLOOR_DATABASE", "SHOPFLOOR_PLANT"))
    assert "车间" in text


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_has_help(name: str) -> None:
    result = shopfloor(name, "--help")

    assert result.returncode == 0
    assert f"shopfloor {name}" in result.stdout


def test_a_right_plant_file_is_said_to_be_right() -> None:
    result = shopfloor("check", "config/plant.example.yaml")

    assert result.returncode == 0
    assert "right. 2 lines, 6 machines, 29 tags, edge line-1." in result.stdout


def test_every_mistake_of_a_plant_file_has_its_line_with_place_and_cure(tmp_path: Path) -> None:
    text = Path("config/demo.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "plant.yaml"
    broken.write_text(text.replace("type: int16", "type: int33", 1).replace("unit: A", "unti: A", 1), encoding="utf-8")

    result = shopfloor("check", str(broken))

    assert "int33" in result.stderr
    assert "unti: unknown key" in result.stderr
    assert complaint(result).startswith(str(broken))


def test_a_plant_file_that_is_not_there_is_one_line() -> None:
    assert "nowhere.yaml: cannot be read" in complaint(shopfloor("check", "nowhere.yaml"))


@pytest.mark.parametrize("name", ["migrate", "collector", "mes", "alerts"])
def test_a_service_without_its_database_says_which_setting_is_missing(name: str) -> None:
    assert "SHOPFLOOR_DATABASE is not set" in complaint(shopfloor(name))


def test_an_edge_without_its_broker_says_which_setting_is_missing(tmp_path: Path) -> None:
    result = shopfloor("edge", "edge-1", settings={"SHOPFLOOR_DATA": str(tmp_path)})

    assert "SHOPFLOOR_BROKER is not set" in complaint(result)


def test_an_edge_that_the_plant_file_does_not_know_is_refused(tmp_path: Path) -> None:
    settings = {"SHOPFLOOR_DATA": str(tmp_path), "SHOPFLOOR_BROKER": "mqtt://127.0.0.1:1883"}

    assert "edge-9" in complaint(shopfloor("edge", "edge-9", settings=settings))


@pytest.mark.parametrize("name", ["collector", "mes", "alerts"])
def test_a_service_on_an_empty_database_says_what_to_run(name: str, postgres_url: str) -> None:
    settings = {"SHOPFLOOR_DATABASE": postgres_url, "SHOPFLOOR_BROKER": "mqtt://127.0.0.1:1883"}

    assert "run `shopfloor migrate`" in complaint(shopfloor(name, settings=settings))


def test_migrate_says_what_it_did_and_then_that_nothing_is_left_to_do(database: str) -> None:
    result = shopfloor("migrate", settings={"SHOPFLOOR_DATABASE": database})

    assert (result.returncode, result.stdout) == (0, "the database is up to date\n")


def test_a_database_that_does_not_answer_is_one_line_without_the_password(free_port: Callable[[], int]) -> None:
    url = f"postgresql://shopfloor:secret@127.0.0.1:{free_port()}/shopfloor"

    result = shopfloor("migrate", settings={"SHOPFLOOR_DATABASE": url})

    assert "check SHOPFLOOR_DATABASE" in complaint(result)
    assert "secret" not in result.stderr


@pytest.mark.parametrize("name", ["collector", "mes", "alerts"])
def test_a_service_waits_for_a_database_that_is_away(name: str, free_port: Callable[[], int]) -> None:
    settings = {"SHOPFLOOR_DATABASE": f"postgresql://shopfloor:secret@127.0.0.1:{free_port()}/shopfloor"}
    settings |= {"SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{free_port()}", "SHOPFLOOR_PORT": str(free_port())}
    process = subprocess.Popen(
        [sys.executable, "shopfloor.py", name], stderr=subprocess.PIPE, text=True, env={**os.environ, **settings}
    )
    assert process.stderr is not None

    told = next((line for line in process.stderr if "database" in line), "")

    assert process.poll() is None, told
    process.terminate()
    assert process.wait(10) == 0
    assert "secret" not in told + process.stderr.read()
    process.stderr.close()


def test_a_database_url_that_is_no_url_is_one_line() -> None:
    result = shopfloor("migrate", settings={"SHOPFLOOR_DATABASE": "what?"})

    assert "SHOPFLOOR_DATABASE" in complaint(result)


def test_mes_on_a_taken_port_names_the_port_and_the_cure(database: str) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]

        result = shopfloor("mes", settings={"SHOPFLOOR_DATABASE": database, "SHOPFLOOR_PORT": str(port)})

    assert f"port {port}" in complaint(result)
    assert "SHOPFLOOR_PORT" in complaint(result)


def test_a_simulator_whose_port_is_taken_is_one_line(tmp_path: Path) -> None:
    text = Path("config/demo.yaml").read_text(encoding="utf-8")
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        plant = tmp_path / "plant.yaml"
        plant.write_text(text.replace("port: 15021", f"port: {port}"), encoding="utf-8")

        result = shopfloor("simulator", "--truth", str(tmp_path / "t"), settings={"SHOPFLOOR_PLANT": str(plant)})

    assert str(port) in complaint(result)


@pytest.mark.parametrize(
    ("text", "said"), [("{", "no JSON"), ("[]", "not a receipt"), ('{"receipt": 2}', "explain"), (None, "explain")]
)
def test_what_is_no_receipt_is_told_with_a_cure(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "receipt.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    assert said in complaint(shopfloor("verify", str(file)))
