from pathlib import Path

import pytest
import yaml

from config.load import load_plant
from config.plant import Plant
from laptop.child_settings import settings_for

SECRETS = {
    "SHOPFLOOR_DATABASE": {"collector", "mes", "alerts"},
    "SHOPFLOOR_BROKER": {"collector", "edge", "mes", "alerts"},
    "SHOPFLOOR_AUDIT_KEY": {"mes"},
    "SHOPFLOOR_SMTP": {"alerts"},
    "SHOPFLOOR_API_KEY_ERP": {"mes"},
    "SHOPFLOOR_TLS_KEY": {"mes"},
    "CAPPER_PASSWORD": {"edge"},
    "MAINTENANCE_WEBHOOK": {"alerts"},
    "CLOUD_TOKEN": set(),
}


@pytest.fixture(scope="module")
def plant() -> Plant:
    return load_plant(Path("config/plant.example.yaml"))


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_reaches_only_the_services_that_use_it(plant: Plant, secret: str) -> None:
    edge = next(device.edge for device in plant.devices if getattr(device, "password_env", None))
    environment = dict.fromkeys(SECRETS, "x") | {"PATH": "/bin"}

    got = {
        service
        for service in ("simulator", "collector", "edge", "mes", "alerts")
        if secret in settings_for(service, plant, environment, edge)
    }

    assert got == SECRETS[secret]


def test_an_edge_agent_gets_no_password_of_another_ones_devices(plant: Plant) -> None:
    assert "CAPPER_PASSWORD" not in settings_for("edge", plant, {"CAPPER_PASSWORD": "x"}, "edge-of-nobody")


@pytest.mark.parametrize(
    "kind", ["webhook, secret_env: ITS_SECRET", "ntfy, topic: t, token_env: ITS_SECRET", "apprise"]
)
def test_alerts_gets_the_address_and_the_secret_of_every_kind_of_channel(tmp_path: Path, kind: str) -> None:
    channel = f"channels:\n  - {{id: one, url_env: ITS_ADDRESS, kind: {kind}}}\nheartbeat: {{url_env: ITS_WATCHDOG}}\n"
    (tmp_path / "plant.yaml").write_text(Path("config/demo.yaml").read_text().replace("channels: []\n", channel))
    given = dict.fromkeys(("ITS_ADDRESS", "ITS_WATCHDOG", *(["ITS_SECRET"] if "SECRET" in kind else [])), "x")

    assert given == settings_for("alerts", load_plant(tmp_path / "plant.yaml"), given)


def test_every_setting_of_the_deployment_belongs_to_a_service(plant: Plant) -> None:
    units = yaml.safe_load(Path("deploy/compose.yaml").read_text())["services"]
    for service in ("collector", "mes", "alerts"):
        given = units[service].get("environment", {})
        names = given if isinstance(given, dict) else dict(line.split("=", 1) for line in given)

        assert names.keys() <= settings_for(service, plant, dict.fromkeys(names, "x")).keys()
