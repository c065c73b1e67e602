"""What a forger may do to a receipt, and what of it tells nothing: for tests of the checker."""

import hashlib
import json
import random
from collections.abc import Iterator
from typing import Any

from contract.sample import State
from verify.law import Differs, NotAReceipt
from verify.receipt import verify


def sealed(receipt: Any) -> Any:
    """As a forger leaves it who knows how the checksum is made."""
    rest = {name: value for name, value in receipt.items() if name != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return rest | {"sha256": hashlib.sha256(text.encode()).hexdigest()}


# What tells and does not count: with a checksum made anew, nothing else in the receipt contradicts another word here.
INFORMATIONAL = (
    r"^(equipment|left_out\.\d+|as_of|frames\.\d+\.(node|epoch|seq|sha256|ingested_us))$",
    r"^kpis\.\d+\.id$",
    r"^policy\.(name|version)$",
    r"^machines\.\d+\.(machine|tags\.\w+|wraps_at\.\w+|reasons\.\d+\.is|orders\.\d+\.is|products\.\d+\.is)$",
    r"^machines\.\d+\.edits\.\d+\.(kind|reason|comment|by|why|made_us)$",
    # The bound of a step across a silence lies in the blind time; which sample was the last one is told by frames.
    r"^machines\.\d+\.steps\.\w+\.\d+\.most$",
    r"\.(sample|since_sample)\.(frame|quality)$",
    r"^machines\.\d+\.states\.\d+\.sample\.(at|value)$",
    # How much would be believed: less was told.
    r"^machines\.\d+\.max_rate_factor$",
    # Only the ideal cycle in force counts; this machine made nothing of a known product.
    r"^machines\.\d+\.ideal_cycles\.(\d+\.from|1\.\w+)$",
)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every number, word, true, false and null."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield path
    else:
        for key, one in inner:
            yield from leaves(one, (*path, key))


def changed(value: Any, dice: random.Random) -> Any:
    """Something else of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + dice.choice([-1, 1, 1000, -7_000_000])
    if isinstance(value, float):
        # What a counter shows beyond whole parts is cut off; a KPI is told to its last digit.
        return value + dice.choice([1.0, -1.0, 7.0]) if value >= 1 or not value else value / 2 + 1e-9
    if value is None:
        return dice.choice([0, "x"])
    states = [state.name.lower() for state in State if state.name.lower() != value]
    return dice.choice(states) if value in [s.name.lower() for s in State] else value + "x"


def before_a_reset(receipt: Any, path: tuple[Any, ...]) -> bool:
    """Where a counter stood before it was set back does not matter; from 0 it counts as if it had been set back.

    Of a step that tells no part for certain neither reading does.
    """
    if path[-1] != "value" or path[-2] not in ("sample", "since_sample") or path[2] != "steps":
        return False
    step = receipt
    for key in path[:-2]:
        step = step[key]
    if not step["parts"] or path[-2] == "sample":
        return not step["parts"]
    return bool(step["sample"]["value"] < step["since_sample"]["value"] or step["since_sample"]["value"] == 0)


def beyond(receipt: Any, path: tuple[Any, ...]) -> bool:
    """What lies after the window has no sample in the receipt, and a silence changes nothing of time that is dark.

    What judges parts that nobody counted is the same whether it was seen or not.
    """
    if path[0] == "machines" and path[2] == "steps" and path[3] != "total" and path[-1] == "bridged":
        step, machine = receipt["machines"][path[1]]["steps"][path[3]][path[4]], receipt["machines"][path[1]]
        reset = [total["at"] for total in machine["steps"]["total"] if total["most"] > total["parts"]]
        return step["at"] in reset or any(begin < step["at"] <= end for begin, end in machine["outages"]["total"])
    if path[0] != "machines" or path[2] not in ("state_after", "states", "outages"):
        return False
    machine, value = receipt["machines"][path[1]], receipt
    for key in path:
        value = value[key]
    after = [*(state["state"] for state in machine["states"][1:]), machine["state_after"]]
    unobserved = [
        (state["from"] if state["state"] == "no_data" else state["to"] - machine["silence_us"], state["to"])
        for state, following in zip(machine["states"], after, strict=True)
        if "no_data" in (state["state"], following)
    ]
    if path[2] == "outages":
        return value >= receipt["to"] or any(begin <= value <= end for begin, end in unobserved)
    return path[2] == "state_after" or (path[-1] == "to" and value >= receipt["to"])


def refused(receipt: Any) -> bool:
    """Whether the checker finds a fault."""
    try:
        verify(receipt)
    except (Differs, NotAReceipt):
        return True
    return False
