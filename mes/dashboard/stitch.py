"""Facts of a window, cut shorter or continued by a later reading. Pure."""

from dataclasses import replace

import numpy as np

from mes.facts import Int64, MachineFacts, Steps


def cut(facts: MachineFacts, from_us: int, to_us: int) -> MachineFacts:
    """The same facts in a window inside theirs."""
    state_at, state = _cut_tape(facts.state_at, facts.state, from_us, to_us)
    numbers = np.arange(len(facts.product), dtype=np.int64)
    product_at, chosen = _cut_tape(facts.product_at, numbers, from_us, to_us)
    return replace(
        facts,
        from_us=from_us,
        to_us=to_us,
        state_at=state_at,
        state=state,
        product_at=product_at,
        product=tuple(facts.product[i] for i in chosen),
        total=_steps_in(facts.total, from_us, to_us),
        good=_steps_in(facts.good, from_us, to_us),
        reject=_steps_in(facts.reject, from_us, to_us),
    )


def continued(old: MachineFacts, tail: MachineFacts) -> MachineFacts:
    """What `tail` says from its begin on, and before that what `old` says; old.from_us <= tail.from_us <= old.to_us."""
    before = cut(old, old.from_us, tail.from_us)
    state_at = np.concatenate((before.state_at, tail.state_at))
    state = np.concatenate((before.state, tail.state))
    changed = np.concatenate(([True], state[1:] != state[:-1])) if len(state) else np.zeros(0, np.bool_)
    product_at = [*before.product_at.tolist(), *tail.product_at.tolist()]
    product = [*before.product, *tail.product]
    kept = [i for i in range(len(product)) if i == 0 or product[i] != product[i - 1]]
    return replace(
        tail,
        from_us=old.from_us,
        state_at=state_at[changed],
        state=state[changed],
        product_at=np.asarray([product_at[i] for i in kept], np.int64),
        product=tuple(product[i] for i in kept),
        total=_joined(before.total, tail.total),
        good=_joined(before.good, tail.good),
        reject=_joined(before.reject, tail.reject),
    )


def _cut_tape(at: Int64, value: Int64, from_us: int, to_us: int) -> tuple[Int64, Int64]:
    """The entries in force in a window; the first begins with it. An empty window keeps none."""
    if to_us <= from_us:
        return at[:0], value[:0]
    first = max(0, int(np.searchsorted(at, from_us, side="right")) - 1)
    last = int(np.searchsorted(at, to_us, side="left"))
    return np.maximum(at[first:last], from_us), value[first:last]


def _steps_in(steps: Steps, from_us: int, to_us: int) -> Steps:
    first, last = np.searchsorted(steps.at, [from_us, to_us], side="left")
    return Steps(steps.at[first:last], steps.since[first:last], steps.parts[first:last], steps.unseen[first:last])


def _joined(before: Steps, tail: Steps) -> Steps:
    return Steps(
        np.concatenate((before.at, tail.at)),
        np.concatenate((before.since, tail.since)),
        np.concatenate((before.parts, tail.parts)),
        np.concatenate((before.unseen, tail.unseen)),
    )
