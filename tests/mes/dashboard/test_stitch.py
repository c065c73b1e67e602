import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contract.sample import State
from mes.dashboard.stitch import continued, cut
from mes.facts import MachineFacts
from tests.mes.dashboard.lines import facts, steps

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
    return facts(0, END, tape, total=steps(*made), products=products)


def same(one: MachineFacts, other: MachineFacts) -> bool:
    columns = ("state_at", "state", "product_at")
    counts = [(getattr(one, name), getattr(other, name)) for name in ("total", "good", "reject")]
    return (
        (one.machine, one.from_us, one.to_us, one.product) == (other.machine, other.from_us, other.to_us, other.product)
        and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)
        and all(
            np.array_equal(getattr(a, name), getattr(b, name))
            for a, b in counts
            for name in ("at", "since", "parts", "unseen")
        )
    )


@given(any_facts(), st.integers(0, END), st.integers(0, END))
def test_facts_continued_by_a_later_reading_equal_one_reading(whole: MachineFacts, one: int, other: int) -> None:
    tail_from, known_to = sorted((one, other))
    old = cut(whole, 0, known_to)
    tail = cut(whole, tail_from, END)

    assert same(whole, continued(old, tail))


@given(any_facts(), st.integers(0, END))
def test_cutting_twice_is_cutting_once(whole: MachineFacts, from_us: int) -> None:
    assert same(cut(whole, from_us, END), cut(cut(whole, from_us // 2, END), from_us, END))


def test_an_empty_window_holds_nothing() -> None:
    empty = cut(facts(0, END, [(0, State.RUNNING)]), 500, 500)

    assert len(empty.state) == len(empty.product) == 0
