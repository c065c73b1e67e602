"""What a key may be good for: each route of the API has exactly one scope. Pure."""

from typing import Literal, get_args

Scope = Literal[
    "read",
    "master",
    "orders",
    "execution",
    "confirmations",
    "quality",
    "material",
    "people",
    "alarms",
    "planning",
    "feed",
    "admin",
]
SCOPES: dict[str, str] = {
    "read": "See everything but persons and audit entries.",
    "master": "Change master data: ideal cycles, the calendar, products.",
    "orders": "Make and change orders.",
    "execution": "Carry operations out; correct states and times.",
    "confirmations": "Post and reverse confirmations.",
    "quality": "Plans, inspections, defects and holds.",
    "material": "Lots, serials, moves and supplies.",
    "people": "See and change persons.",
    "alarms": "Acknowledge, confirm, reset and shelve alarms, take them out of service.",
    "planning": "Propose plans.",
    "feed": "Consumers of the feed and webhooks.",
    "admin": "Role grants and audit entries.",
}
ALL: frozenset[str] = frozenset(get_args(Scope))


def scopes_in(text: str) -> frozenset[str]:
    """The scopes that a text names, with commas or blanks between; ValueError with the cure for any other word."""
    given = frozenset(text.replace(",", " ").split())
    unknown = sorted(given - ALL)
    if unknown or not given:
        what = f"'{unknown[0]}' is no scope" if unknown else "no scope is given"
        raise ValueError(f"{what}: name some of {', '.join(SCOPES)}")
    return given
