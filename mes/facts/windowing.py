"""Facts of a window, cut shorter or continued by a later reading. Pure."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from contract.sample import State
from mes.facts.model import Int64, MachineFacts, Span, Steps, no_steps

Words = tuple[str | None, ...]


def cut(facts: MachineFacts, from_us: int, to_us: int) -> MachineFacts:
    """The same facts in a window inside theirs; a stop that the cut goes through keeps its true begin and end.

    An empty window knows nothing, not even what lies around it.
    """
    if to_us <= from_us:
        return _nothing(facts.machine, from_us, to_us)
    first, last = _reach(facts.state_at, from_us, to_us)
    product_at, product = _cut_words(facts.product_at, facts.product, from_us, to_us)
    reason_at, reason = _cut_words(facts.reason_at, facts.reason, from_us, to_us)
    order_at, order = _cut_words(facts.order_at, facts.order, from_us, to_us)
    begins, ends = first > 0, 0 < last < facts.state.size
    return replace(
        facts,
        from_us=from_us,
        to_us=to_us,
        state_at=np.maximum(facts.state_at[first:last], from_us),
        state=facts.state[first:last],
        product_at=product_at,
        product=product,
        reason_at=reason_at,
        reason=reason,
        order_at=order_at,
        order=order,
        total=_steps_in(facts.total, from_us, to_us),
        good=_steps_in(facts.good, from_us, to_us),
        scrap=_steps_in(facts.scrap, from_us, to_us),
        rework=_steps_in(facts.rework, from_us, to_us),
        reported=_steps_in(facts.reported, from_us, to_us),
        first_since_us=int(facts.state_at[first]) if begins else facts.first_since_us,
        state_before=int(facts.state[first - 1]) if begins else facts.state_before,
        last_until_us=int(facts.state_at[last]) if ends else facts.last_until_us,
        state_after=int(facts.state[last]) if ends else facts.state_after,
        outages={
            name: tuple((a, b) for a, b in spans if a < to_us and b >= from_us) for name, spans in facts.outages.items()
        },
    )


def continued(old: MachineFacts, tail: MachineFacts) -> MachineFacts:
    """What `tail` says from its begin on, and before that what `old` says; old.from_us <= tail.from_us <= old.to_us."""
    before = cut(old, old.from_us, tail.from_us)
    state_at = np.concatenate((before.state_at, tail.state_at))
    state = np.concatenate((before.state, tail.state))
    changed = np.concatenate(([True], state[1:] != state[:-1])) if len(state) else np.zeros(0, np.bool_)
    product_at, product = _joined_words(before.product_at, before.product, tail.product_at, tail.product)
    reason_at, reason = _joined_words(before.reason_at, before.reason, tail.reason_at, tail.reason)
    order_at, order = _joined_words(before.order_at, before.order, tail.order_at, tail.order)
    first, last = before if before.state.size else tail, tail if tail.state.size else before
    return replace(
        tail,
        from_us=old.from_us,
        state_at=state_at[changed],
        state=state[changed],
        product_at=product_at,
        product=product,
        reason_at=reason_at,
        reason=reason,
        order_at=order_at,
        order=order,
        total=_joined(before.total, tail.total),
        good=_joined(before.good, tail.good),
        scrap=_joined(before.scrap, tail.scrap),
        rework=_joined(before.rework, tail.rework),
        reported=_joined(before.reported, tail.reported),
        first_since_us=first.first_since_us,
        state_before=first.state_before,
        last_until_us=last.last_until_us,
        state_after=last.state_after,
        outages=_all_spans(before, tail),
    )


def _nothing(machine: str, from_us: int, to_us: int) -> MachineFacts:
    none, steps = np.zeros(0, np.int64), no_steps()
    no_data = int(State.NO_DATA)
    words = (none, (), none, (), none, ())
    counted = (steps, steps, steps, steps)
    return MachineFacts(machine, from_us, to_us, none, none, *words, *counted, from_us, no_data, to_us, None, {})


def merged(spans: Iterable[Span], close_us: int = 0) -> tuple[Span, ...]:
    """The same time in the fewest spans, in order; those that lie at most so close are one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1] + close_us:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _all_spans(before: MachineFacts, tail: MachineFacts) -> dict[str, tuple[Span, ...]]:
    """Silences of both; how far one reaches that had not ended before is what the tail says."""
    ended = {name: [(begin, min(end, tail.from_us)) for begin, end in spans] for name, spans in before.outages.items()}
    names = dict.fromkeys((*ended, *tail.outages))
    return {name: merged((*ended.get(name, ()), *tail.outages.get(name, ()))) for name in names}


def _reach(at: Int64, from_us: int, to_us: int) -> Span:
    """The first and one past the last entry that holds in a window."""
    return max(0, int(np.searchsorted(at, from_us, side="right")) - 1), int(np.searchsorted(at, to_us, side="left"))


def _cut_words(at: Int64, words: Words, from_us: int, to_us: int) -> tuple[Int64, Words]:
    first, last = _reach(at, from_us, to_us)
    return np.maximum(at[first:last], from_us), words[first:last]


def _joined_words(at: Int64, words: Words, later_at: Int64, later: Words) -> tuple[Int64, Words]:
    all_at, all_words = [*at.tolist(), *later_at.tolist()], [*words, *later]
    kept = [i for i in range(len(all_words)) if i == 0 or all_words[i] != all_words[i - 1]]
    return np.asarray([all_at[i] for i in kept], np.int64), tuple(all_words[i] for i in kept)


def _steps_in(steps: Steps, from_us: int, to_us: int) -> Steps:
    first, last = np.searchsorted(steps.at, [from_us, to_us], side="left")
    return Steps(*(getattr(steps, name)[first:last] for name in Steps.__slots__))


def _joined(before: Steps, tail: Steps) -> Steps:
    columns = ((getattr(before, name), getattr(tail, name)) for name in Steps.__slots__)
    return Steps(*(np.concatenate(pair) for pair in columns))
