"""Which variables each service gets: those that it reads, and no secret of another. Pure."""

from collections.abc import Mapping

from config.opcua import OpcUaDevice
from config.plant import Plant

PREFIX = "SHOPFLOOR_"
ALL = ("PLANT", "HEALTH", "WATCHDOG", "ALLOW_PLAINTEXT")
OWN = {
    "simulator": ("DATA",),
    "collector": ("DATABASE", "BROKER", "BROKER_CA", "COLLECTOR_GROUP"),
    "edge": ("DATA", "BROKER", "BROKER_CA", "JOURNAL_MB", "FRAME_EVERY"),
    "mes": (
        *("DATABASE", "HOST", "PORT", "ORDERS", "PUBLIC_URL", "TLS_CERTIFICATE", "TLS_KEY", "DATA", "API_KEY_"),
        "API_SCOPES_",
        *("ROLES", "DEMO", "HTTPS", "HTTPS_NAMES", "OPENID_"),
        *("AUDIT_KEY", "WEBHOOK_HOSTS", "BROKER", "BROKER_CA"),
        *("TRYTON_URL", "TRYTON_DATABASE", "TRYTON_USER", "TRYTON_PASSWORD"),
    ),
    "alerts": ("DATABASE", "SMTP", "PUBLIC_URL", "BROKER", "BROKER_CA"),
}
# What a program needs of the person who starts it: where things are, the language, the zone. Nothing of it is secret.
SYSTEM = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
SYSTEM_FAMILIES = ("LC_", "PYTHON", "XDG_", "SSL_CERT_", "OPENBLAS_", "OMP_")


def settings_for(service: str, plant: Plant, environment: Mapping[str, str], edge: str = "") -> dict[str, str]:
    """The variables for one service; for an edge agent those of the devices that it reads.

    A family, such as API_KEY_, ends in an underscore.
    """
    wanted = {PREFIX + name for name in (*ALL, *OWN[service])}
    families = (*SYSTEM_FAMILIES, *(name for name in wanted if name.endswith("_")))
    named = wanted | set(SYSTEM) | _named_by(service, plant, edge)
    return {name: text for name, text in environment.items() if name in named or name.startswith(families)}


def _named_by(service: str, plant: Plant, edge: str) -> set[str]:
    """Variables that the plant file names: passwords of OPC UA servers; addresses and secrets of channels; proxies."""
    if service == "edge":
        devices = [device for device in plant.devices if device.edge == edge and isinstance(device, OpcUaDevice)]
        return {device.password_env for device in devices if device.password_env}
    if service == "alerts":
        proxies = {name for text in ("http_proxy", "https_proxy", "no_proxy") for name in (text, text.upper())}
        tellers = [*plant.channels, *([plant.heartbeat] if plant.heartbeat else [])]
        return proxies | {text for one in tellers for key, text in one if key.endswith("_env") and text}
    return set()
