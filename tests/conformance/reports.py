"""Scenes in which people report scrap; what is expected comes from the verifier, as in searched.py."""

from tests.conformance.scenes import HOUR, hushed, life, machine, reported
from tests.conformance.searched import LONG, MIX, SETUP, TWO, total_and_good


def reports():
    """(id, title, the vector's other keys)."""
    yield (
        "reported-alone",
        "People report scrap where nothing but all parts is counted, after a set-up and across a silence too",
        {
            "machines": [
                reported(
                    machine(SETUP, life(SETUP, HOUR, silent=((2401, 2600),)), cycles=TWO, product=MIX),
                    *((315, 2), (1515, 1), (2610, 7), (3585, 3)),
                )
            ],
            "scrap": {"large": 50_000},
        },
    )
    yield (
        "reported-beyond",
        "People report scrap that the reject counter has missed, which is silent for a while",
        {
            "machines": [
                reported(
                    machine(LONG, hushed(life(LONG, HOUR, reject_each=5, rework_each=7), scrap=(1601, 1900))),
                    *((120, 1), (1800, 2), (1905, 1), (3300, 4)),
                )
            ]
        },
    )
    yield (
        "reported-good",
        "People report scrap of what was counted as good, which is silent for a while",
        {"machines": [reported(machine(LONG, hushed(total_and_good(), good=(1601, 1900))), (120, 1), (1905, 9))]},
    )
