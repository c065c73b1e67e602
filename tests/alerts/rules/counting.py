"""A plant whose presses count, for the tests of rules about parts."""

from config.load import parse_plant
from config.plant import Plant
from tests.alerts.floor import PLANT

COUNTERS = """
          - {name: parts, role: total_count, register: 10, type: uint32}
          - {name: bad, role: scrap_count, register: 12, type: uint32}
          - {name: label, register: 14, type: string, length: 4}
"""


def counting_text(rules: str) -> str:
    """The plant file with these rules, a YAML list on one line."""
    states = "{0: stopped, 1: running, 5: down}"
    told = PLANT.replace(states, "{0: stopped, 1: running, 2: idle, 5: down, 6: setup}")
    marker = "          - {name: current, register: 3, type: float32, unit: A}"
    return f"{told.replace(marker, marker + COUNTERS.rstrip())}rules: {rules}\n"


def counting_plant(rules: str) -> Plant:
    """As counting_text, read."""
    return parse_plant(counting_text(rules))
