import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contract.sample import State
from mes.facts.model import HIGHEST, LOWEST, MachineFacts, Steps
from mes.facts.windowing import continued, cut
from tests.mes.screens.lines import facts, steps

END = 1000
instants = st.lists(st.integers(1, END - 1), unique=True, max_size=12).map(sorted)


@st.composite
def any_facts(draw: st.DrawFn) -> MachineFacts:
    """Facts of [0, 1000) in their normal form: neighbours on a tape differ."""
    tape = [(0, State.NO_DATA)]
    for at in draw(instants):
        tape.append((at, draw(st.sampled_from([state for state in State if state != tape[-1][1]]))))
    products: list[tuple[int, str | None]] = [(0, None)]
    for at in draw(instants):
        products.append((at, draw(st.sampled_from([p for p in (None, "a", "b") if p != products[-1][1]]))))
    made = [(at, draw(st.integers(1, 9))) for at in draw(instants)]
    unobserved = sorted(draw(st.sets(st.integers(-50, END + 50), max_size=6)))
    return facts(
        0,
        END,
        tape,
        total=steps(*made),
        products=products,
        reasons=[(0, None), (draw(st.integers(1, END - 1)), "jam")],
        orders=[(0, "wo-1"), (draw(st.integers(1, END - 1)), None)],
        first=(draw(st.integers(-99, 0)), draw(st.sampled_from([s for s in State if s != tape[0][1]]))),
        then=draw(st.sampled_from([None, (END + 7, next(s for s in State if s != tape[-1][1]))])),
        outages=[(a, b) for a, b in zip(unobserved[::2], unobserved[1::2], strict=False) if a < END and b > 0],
    )


def same(one: MachineFacts, other: MachineFacts) -> bool:
    return all(alike(getattr(one, name), getattr(other, name)) for name in MachineFacts.__slots__)


def alike(one: object, other: object) -> bool:
    if isinstance(one, Steps):
        return all(alike(getattr(one, name), getattr(other, name)) for name in Steps.__slots__)
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other  # type: ignore[arg-type]


@given(any_facts(), st.integers(0, END), st.integers(0, END))
def test_facts_continued_by_a_later_reading_equal_one_reading(whole: MachineFacts, one: int, other: int) -> None:
    tail_from, known_to = sorted((one, other))
    old = cut(whole, 0, known_to)
    tail = cut(whole, tail_from, END)

    assert same(whole, continued(old, tail))


def test_a_silence_that_was_open_ends_where_the_later_reading_says() -> None:
    running = [(0, State.RUNNING)]
    old = facts(0, 500, running, outages=[(100, HIGHEST)])
    again, never_read = (facts(400, END, running, outages=[(begin, 450)]) for begin in (100, LOWEST))

    assert continued(old, again).outages == {"total": ((100, 450),)}
    assert continued(facts(0, 500, running, outages=[(LOWEST, HIGHEST)]), never_read).outages == {"total": ((0, 450),)}
    assert continued(old, facts(400, END, running, outages=[(100, HIGHEST)])).outages == {"total": ((100, HIGHEST),)}


@given(any_facts(), st.integers(0, END))
def test_cutting_twice_is_cutting_once(whole: MachineFacts, from_us: int) -> None:
    assert same(cut(whole, from_us, END), cut(cut(whole, from_us // 2, END), from_us, END))


@given(any_facts(), st.integers(1, END - 2), st.integers(1, END))
def test_a_stop_that_is_cut_keeps_its_true_begin_and_end(whole: MachineFacts, from_us: int, length: int) -> None:
    part = cut(whole, from_us, min(END, from_us + length))
    at = int(np.searchsorted(whole.state_at, from_us, side="right")) - 1

    assert part.first_since_us == (whole.first_since_us if at == 0 else int(whole.state_at[at]))
    assert part.state_before == (whole.state_before if at == 0 else int(whole.state[at - 1]))
    last = int(np.searchsorted(whole.state_at, part.to_us - 1, side="right")) - 1
    ends = [*whole.state_at.tolist()[1:], whole.last_until_us]
    assert part.last_until_us == ends[last]


def test_an_empty_window_holds_nothing() -> None:
    empty = cut(facts(0, END, [(0, State.RUNNING)]), 500, 500)

    assert len(empty.state) == len(empty.product) == 0
