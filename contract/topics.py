"""Names of the MQTT topics, in one place. Pure."""

from typing import NamedTuple

ROOT = "shopfloor/v1"
# The kinds of topic that carry frames, and the lane of each.
LANES = {"frame": "live", "backlog": "backlog"}
NOWHERE = "_"
KINDS = (*LANES, "ack", "status", "claim")


def frame_topic(site: str, node: str) -> str:
    """Where a node publishes what it reads now."""
    return f"{ROOT}/{site}/{node}/frame"


def backlog_topic(site: str, node: str) -> str:
    """Where a node publishes what it kept while nobody listened, and what a data logger recorded."""
    return f"{ROOT}/{site}/{node}/backlog"


def ack_topic(site: str, node: str) -> str:
    """Where the collector tells a node which frames the database holds."""
    return f"{ROOT}/{site}/{node}/ack"


def status_topic(site: str, node: str) -> str:
    """Retained: the node's birth, and its last will."""
    return f"{ROOT}/{site}/{node}/status"


def claim_topic(site: str, node: str) -> str:
    """Where agents that bear one name settle which of them may go on."""
    return f"{ROOT}/{site}/{node}/claim"


def ask_topic(site: str, node: str) -> str:
    """Where mes asks a node to look at a device."""
    return f"{ROOT}/{site}/{node}/ask"


def answer_topic(site: str, node: str) -> str:
    """Where a node tells what it has found."""
    return f"{ROOT}/{site}/{node}/answer"


def plant_topic(site: str, node: str) -> str:
    """Retained: the plant file that mes has applied last."""
    return f"{ROOT}/{site}/{node}/plant"


def event_topic(site: str, line: str | None, machine: str | None, kind: str) -> str:
    """Where mes tells what happened; `_` stands where no equipment applies. No node's name begins with it."""
    return f"{ROOT}/{site}/_event/{line or NOWHERE}/{machine or NOWHERE}/{kind}"


def state_topic(site: str, line: str | None, machine: str | None, kind: str) -> str:
    """Retained: the latest event of a kind that tells a state."""
    return f"{ROOT}/{site}/_state/{line or NOWHERE}/{machine or NOWHERE}/{kind}"


class Address(NamedTuple):
    """The parts of a topic."""

    site: str
    node: str
    kind: str


def parse_topic(topic: str) -> Address | None:
    """The parts of one of our topics, or None when it is not ours."""
    parts = topic.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT:
        return None
    address = Address(*parts[2:])
    return address if address.site and address.node and address.kind in KINDS else None
