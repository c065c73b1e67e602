"""Facts, terms and where they came from → the receipt of a result. Pure.

A receipt holds all that is needed to compute the result again, as plain numbers and words; times are microseconds
since 1970 UTC. `verify/receipt.py` does so without any of our code.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from config.device import Machine, Role
from contract.sample import MICROSECOND, Quality, State
from mes.facts.model import MachineFacts, Steps
from mes.facts.source_tags import ROLE_OF
from mes.kpi.columns import alone
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.formulas import Exact, Formula, factors, in_symbols, nearest
from mes.kpi.intervals import ELEMENTS, intervals_of
from mes.kpi.times import elements_of

FORMAT = 1
# The samples of a count step.
ENDS = ("sample", "since_sample")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """The sample that a fact came from: its time and value, and the frame that brought it."""

    at: int
    value: float | None
    quality: int
    node: str
    epoch: int
    seq: int
    sha256: str
    ingested_us: int


# (machine, role, instant) → the sample at that instant, or the last one before it where a tape changes without one.
Origins = Mapping[tuple[str, Role, int], Origin]


class Frames:
    """The frames that are referred to, each once; a sample names its frame by its number in the list."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._numbers: dict[tuple[str, int, int], int] = {}
        self.rows: list[Row] = []

    def sample(self, machine: str, role: Role, at: int) -> Row | None:
        """Where a fact came from, or None where that is not kept any more or was never a sample."""
        found = self._origins.get((machine, role, at))
        if found is None:
            return None
        key = (found.node, found.epoch, found.seq)
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            frame = {"node": found.node, "epoch": found.epoch, "seq": found.seq, "sha256": found.sha256}
            self.rows.append(frame | {"ingested_us": found.ingested_us})
        return {"frame": self._numbers[key], "at": found.at, "value": found.value, "quality": found.quality}


def machine_part(
    machine: Machine, facts: MachineFacts, evaluation: Evaluation, edits: Sequence[Row], frames: Frames
) -> tuple[Row, Elements]:
    """One machine's part of a receipt, and the elements that are added up."""
    elements = elements_of(machine, facts, evaluation)
    before, after = State(facts.state_before), None if facts.state_after is None else State(facts.state_after)
    part = {
        "machine": machine.id,
        "tags": {
            name: tag.name for name, role in {"state": Role.STATE, **ROLE_OF}.items() if (tag := machine.tag_of(role))
        },
        "wraps_at": {name: tag.wraps_at for name, role in ROLE_OF.items() if (tag := machine.tag_of(role))},
        "fastest_us": {
            name: tag.fastest_us for name, role in ROLE_OF.items() if (tag := machine.tag_of(role)) and tag.fastest_us
        },
        "parts_per_count": {
            name: tag.parts_per_count for name, role in ROLE_OF.items() if (tag := machine.tag_of(role))
        },
        "max_rate_factor": machine.max_rate_factor,
        "never_reset": [name for name, role in ROLE_OF.items() if (tag := machine.tag_of(role)) and not tag.resets],
        "silence_us": machine.no_data_after // MICROSECOND,
        "state_before": before.name.lower(),
        "states": _states(machine, facts, evaluation, edits, frames),
        "state_after": None if after is None else after.name.lower(),
        "reasons": _tape(facts.reason_at.tolist(), facts.reason),
        "products": _tape(facts.product_at.tolist(), facts.product),
        "orders": _tape(facts.order_at.tolist(), facts.order),
        "ideal_cycles": [
            {"product": entry.product, "from": entry.from_us, "cycle_us": entry.cycle_us}
            for entry in evaluation.ideal.entries
            if entry.machine == machine.id
        ],
        "outages": {name: [list(span) for span in spans] for name, spans in facts.outages.items()},
        "steps": {name: _steps(machine, name, facts, evaluation, frames) for name in ROLE_OF},
        "reported": _reported(machine, facts, evaluation),
        "edits": list(edits),
        "elements": asdict(elements),
    }
    return part | {"uncertain": _uncertain(part)}, elements


def _uncertain(part: Row) -> dict[str, int]:
    """How many of the samples that a machine's part names are UNCERTAIN: they count, and are told."""
    named = {"state": [row["sample"] for row in part["states"]]}
    named |= {name: [row[key] for row in rows for key in ENDS] for name, rows in part["steps"].items()}
    return {
        name: len({one["at"] for one in samples if one is not None and one["quality"] == Quality.UNCERTAIN})
        for name, samples in named.items()
        if name in part["tags"]
    }


def number(e: Elements, formula: Formula, whole: Exact, id_: str) -> Row:
    """One KPI, told exactly: nearest floats and exact fractions, and the formula in symbols and in numbers."""
    told = nearest(whole)
    return {
        "name": formula.name,
        "id": id_,
        "value": told.value,
        "low": told.low,
        "high": told.high,
        "undefined": told.undefined.value if told.undefined else None,
        "unit": formula.unit.value,
        "symbols": in_symbols(e, formula),
        "numbers": [list(pair) for pair in factors(e, formula)],
        "exact": {side: _fraction(getattr(whole, side)) for side in ("value", "low", "high")},
    }


def receipt(
    head: Row, parts: Sequence[Row], total: Elements, kpis: Sequence[Row], evaluation: Evaluation, frames: Frames
) -> Row:
    """The whole receipt, with the checksum of all the rest of it."""
    policy = evaluation.policy
    whole = {
        "receipt": FORMAT,
        **head,
        "kpis": list(kpis),
        "policy": {"name": policy.name, "version": policy.version, "hash": policy.hash, "content": policy.content()},
        "planned": [list(span) for span in evaluation.planned],
        "scheduled": [list(span) for span in evaluation.scheduled],
        "planned_scrap_ppm": dict(evaluation.planned_scrap_ppm),
        "elements": asdict(total),
        "machines": list(parts),
        "frames": frames.rows,
    }
    return whole | {"sha256": checksum(whole)}


def checksum(whole: Row) -> str:
    """Of the same content always the same, however it is written down."""
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def wanted(machine: Machine, facts: MachineFacts) -> list[tuple[Role, int]]:
    """The instants of which the samples are to be found."""
    states = [(Role.STATE, at) for at in [facts.first_since_us, *facts.state_at.tolist()[1:]]]
    counted = [
        (role, at)
        for name, role in ROLE_OF.items()
        if machine.tag_of(role)
        for at in sorted({*getattr(facts, name).at.tolist(), *getattr(facts, name).since.tolist()})
    ]
    return [*states, *counted]


def _states(
    machine: Machine, facts: MachineFacts, evaluation: Evaluation, edits: Sequence[Row], frames: Frames
) -> list[Row]:
    found = intervals_of(alone(machine, facts, evaluation))
    rows = zip(
        found.begin.tolist(),
        found.end.tolist(),
        found.state.tolist(),
        found.element.tolist(),
        found.minor.tolist(),
        found.undecided.tolist(),
        strict=True,
    )
    return [
        {
            "from": begin,
            "to": end,
            "state": State(state).name.lower(),
            "element": str(ELEMENTS[element]),
            "minor": minor,
            "undecided": undecided,
            "edits": [edit["id"] for edit in edits if edit["from"] <= end and edit["to"] >= begin],
            "sample": frames.sample(machine.id, Role.STATE, begin),
        }
        for begin, end, state, element, minor, undecided in rows
    ]


def _reported(machine: Machine, facts: MachineFacts, evaluation: Evaluation) -> list[Row]:
    """Of counted parts those that people reported to be scrap."""
    steps = facts.reported
    in_force = facts.product_at.searchsorted(steps.at, side="right") - 1
    rows = zip(steps.at.tolist(), steps.parts.tolist(), steps.bridged.tolist(), in_force.tolist(), strict=True)
    found = []
    for at, parts, bridged, number_ in rows:
        product = facts.product[max(number_, 0)]
        cycle_us = evaluation.ideal.at(machine.id, product, at)
        found.append({"at": at, "parts": parts, "bridged": bridged, "product": product, "cycle_us": cycle_us})
    return found


def _steps(machine: Machine, name: str, facts: MachineFacts, evaluation: Evaluation, frames: Frames) -> list[Row]:
    steps: Steps = getattr(facts, name)
    role = ROLE_OF[name]
    in_force = facts.product_at.searchsorted(steps.at, side="right") - 1
    rows = zip(*(getattr(steps, column).tolist() for column in Steps.__slots__), in_force.tolist(), strict=True)
    found = []
    for at, since, parts, most, bridged, number_ in rows:
        product = facts.product[max(number_, 0)]
        found.append(
            {
                "since": since,
                "at": at,
                "parts": parts,
                "most": most,
                "bridged": bridged,
                "product": product,
                "cycle_us": evaluation.ideal.at(machine.id, product, at),
                "sample": frames.sample(machine.id, role, at),
                "since_sample": frames.sample(machine.id, role, since),
            }
        )
    return found


def _tape(at: Sequence[int], words: Sequence[str | None]) -> list[Row]:
    return [{"from": start, "is": word} for start, word in zip(at, words, strict=True)]


def _fraction(number_: Fraction | None) -> list[int] | None:
    return None if number_ is None else [number_.numerator, number_.denominator]
