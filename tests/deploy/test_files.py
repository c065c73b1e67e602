"""The files in deploy/ agree with the program; what needs a container engine is not run here."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

DEPLOY = Path("deploy")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
OURS = ("migrate", "edge", "collector", "mes", "alerts")


def test_every_container_runs_a_subcommand_of_its_own_name() -> None:
    services = yaml.safe_load(COMPOSE)["services"]

    assert set(OURS) <= set(services)
    for name in OURS:
        assert services[name]["command"][0] == name


def test_every_service_is_asked_whether_it_lives_and_never_whether_it_is_ready() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    asked = {name: services[name]["healthcheck"]["test"][-1] for name in OURS if name != "migrate"}

    assert all("/health/live" in command for command in asked.values())
    for command in asked.values():
        compile(command, "healthcheck", "exec")
    health = services["edge"]["environment"]["SHOPFLOOR_HEALTH"].rpartition(":")[2]
    assert all(f":{8080 if name == 'mes' else health}/" in command for name, command in asked.items())


def test_prometheus_asks_the_services_of_the_compose_file() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text(encoding="utf-8"))
    targets = {t for job in config["scrape_configs"] for static in job["static_configs"] for t in static["targets"]}

    assert targets == {"edge:9464", "collector:9464", "alerts:9464", "mes:8080"}
    for rule in rules["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_no_secret_has_a_default() -> None:
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|KEY)\w*)(:?[^}]*)\}", COMPOSE)

    assert len(secrets) >= 4
    without_demand = [name for name, rest in secrets if not rest.startswith(":?")]
    assert without_demand == []


def test_only_tls_ports_are_published() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    published = [port for service in services.values() for port in service.get("ports", [])]

    assert sorted(published) == ["8443:8080", "8883:8883"]
    assert services["mes"]["environment"]["SHOPFLOOR_HTTPS"] == "own"


def test_the_image_holds_every_package() -> None:
    packages = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    copied = re.findall(r"^COPY (\w+) \1$", (DEPLOY / "Containerfile").read_text(), flags=re.MULTILINE)

    assert sorted({package.split(".")[0] for package in packages}) == sorted(copied)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("service", ["edge", "collector", "mes", "alerts"])
def test_systemd_accepts_the_unit(service: str, tmp_path: Path) -> None:
    text = (DEPLOY / "systemd" / "shopfloor@.service").read_text()
    program = tmp_path / "shopfloor"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / f"shopfloor@{service}.service"
    unit.write_text(text.replace("/opt/shopfloor/bin/shopfloor", str(program)))

    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
        check=False,
    )

    complaints = [line for line in result.stderr.splitlines() if "shopfloor" in line]
    assert complaints == []
