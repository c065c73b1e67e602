"""Values of a tag at regular instants, with state and product of its machine → subgroups. Pure.

A control chart of a tag shows the process at work: an instant at which the machine did not run, or made another
product, belongs to no subgroup. An instant at which nothing was known is missing, and its subgroup is incomplete.
"""

from collections.abc import Sequence

import numpy as np

from contract.sample import State
from mes.facts.model import MachineFacts
from mes.quality.charts import Subgroup

MOST_INSTANTS = 50_000


def instants(from_us: int, to_us: int, every_us: int, size: int) -> tuple[list[int], bool]:
    """The instants of whole subgroups within [from_us, to_us), always the same; whether older ones are left out."""
    whole = every_us * size
    first, end = -(-from_us // whole) * whole, to_us // whole * whole
    earliest = end - MOST_INSTANTS // size * whole
    return list(range(max(first, earliest), end, every_us)), first < earliest


def subgroups_of(
    at_us: Sequence[int], values: Sequence[float | None], size: int, facts: MachineFacts, product: str | None
) -> list[Subgroup]:
    """The subgroups of the instants, in their order; `product` None: whatever the machine made.

    A subgroup of which a part lies outside of production is none. Where state or product is not known it may have been
    production: it stands, as incomplete, because nobody knows whether its values count.
    """
    if not at_us:
        return []
    instants_us = np.asarray(at_us, np.int64)
    states = facts.state[np.searchsorted(facts.state_at, instants_us, "right") - 1].tolist()
    which = (np.searchsorted(facts.product_at, instants_us, "right") - 1).tolist()
    made = [facts.product[n] for n in which]
    found = []
    for first in range(0, len(at_us) - size + 1, size):
        rows = range(first, first + size)
        if any(_outside(states[n], made[n], product) for n in rows):
            continue
        known = [states[n] == State.RUNNING and (product is None or made[n] == product) for n in rows]
        found.append(
            Subgroup(at_us[first], tuple(values[n] if sure else None for n, sure in zip(rows, known, strict=True)))
        )
    return found


def _outside(state: int, made: str | None, product: str | None) -> bool:
    """For certain no production of the product."""
    return state not in (State.RUNNING, State.NO_DATA) or (product is not None and made not in (None, product))
