from datetime import date

from mes.screens.figures.counts import MOST_ADDRESSES, Counts, Use

DAY = date(2026, 11, 30)


def test_an_answer_is_counted_by_how_long_it_took() -> None:
    use = Use()
    for took_s, status in ((0.05, 200), (0.1, 200), (0.2, 404), (0.9, 200), (2.0, 200), (9.5, 503)):
        use.add(took_s, status)

    assert (use.within, use.slowest_ms, use.refused, use.failed) == ([2, 1, 1, 1, 1], 9500, 2, 1)


def test_what_is_taken_is_counted_once() -> None:
    counts = Counts()
    counts.add(DAY, "GET", "/trends", 0.1, 200)

    first, second = counts.take(), counts.take()

    assert (list(first), second) == ([(DAY, "GET", "/trends")], {})


def test_a_flood_of_addresses_takes_no_memory() -> None:
    counts = Counts()
    for n in range(MOST_ADDRESSES + 100):
        counts.add(DAY, "GET", f"/{n}", 0.1, 200)

    assert len(counts.uses) == MOST_ADDRESSES
