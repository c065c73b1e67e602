"""May events be posted to this address? Pure."""

from collections.abc import Set
from urllib.parse import urlsplit

from runtime.settings import is_loopback

SETTING = "SHOPFLOOR_WEBHOOK_HOSTS"
LONGEST = 2000


def trouble_with(url: str, hosts: Set[str], *, plaintext_allowed: bool) -> str | None:
    """Why not, with the cure; None where they may. `hosts` are names or addresses, each with a port or for any."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in ("http", "https") or not url.isascii() or any(char <= " " for char in url):
        return "Write an address such as https://erp.example/shopfloor."
    if parts.username is not None or parts.fragment:
        return "Write it without user, password and fragment: the signature shows who sends."
    if parts.scheme == "http" and not plaintext_allowed and not is_loopback(host):
        return "Plain http:// leaves this machine: use https://, or set SHOPFLOOR_ALLOW_PLAINTEXT=yes."
    shown = f"[{host}]" if ":" in host else host
    port = port or (443 if parts.scheme == "https" else 80)
    if not {shown, f"{shown}:{port}"} & hosts:
        return f"'{shown}' is not on the list of hosts: add it to {SETTING} of service mes, or correct the address."
    return None
