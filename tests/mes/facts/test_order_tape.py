"""The order in force at each instant."""

from hypothesis import given
from hypothesis import strategies as st

from mes.facts.order_tape import order_tape

ORDERS = st.lists(st.tuples(st.integers(-50, 150), st.integers(1, 80), st.booleans()), max_size=6)


@given(ORDERS)
def test_at_each_instant_the_order_that_began_last_of_those_that_run(rows: list[tuple[int, int, bool]]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    orders = [(start, None if open_ else start + length, f"wo-{n}") for n, (start, length, open_) in enumerate(rows)]

    at, order = order_tape(orders, 0, 100)

    assert at[0] == 0
    for now in range(100):
        running = [row for row in orders if row[0] <= now and (row[1] is None or now < row[1])]
        in_force = [word for begin, word in zip(at.tolist(), order, strict=True) if begin <= now][-1]
        assert in_force == (running[-1][2] if running else None)
