"""All tags together, over a window."""

import numpy as np

from alerts.detectors.windows import LENGTH, Windows

RNG = np.random.default_rng(3)


def good(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Two tags of which the second follows the first."""
    load = np.convolve(RNG.normal(size=count + 20), np.ones(20) / 5, "valid")[:count]
    return np.stack((load, load), axis=1) + RNG.normal(scale=0.1, size=(count, 2))


def learned() -> Windows:
    made = Windows(2, half_life=1e9)
    made.learn(good(2000))
    made.fit(np.ones(2))
    return made


def test_good_time_scores_about_two() -> None:
    made, cells = learned(), good(500)

    scores = [made.score(cells[i : i + LENGTH]) for i in range(400)]

    assert 1 < float(np.mean(scores)) < 3.5


def test_two_tags_that_part_are_unusual_though_each_lies_where_it_often_does() -> None:
    made, cells = learned(), good(LENGTH)
    cells[:, 1] = -cells[:, 0] - 1.0

    assert made.score(cells) > 20


def test_it_says_which_tag_it_is() -> None:
    made, cells = Windows(3, half_life=1e9), RNG.normal(size=(2000, 3))
    made.learn(cells)
    made.fit(np.ones(3))
    window = cells[:LENGTH].copy()
    window[:, 2] += 6

    shares = made.shares(window)

    assert shares.argmax() == 2
    assert abs(shares.sum() - 1) < 1e-9


def test_nothing_is_said_before_anything_is_known_nor_without_a_value() -> None:
    made = Windows(2, half_life=1e9)

    assert np.isnan(made.score(good(LENGTH)))
    missing = good(LENGTH)
    missing[3, 1] = np.nan
    assert np.isnan(learned().score(missing))


def test_what_never_moves_has_no_components() -> None:
    made = Windows(2, half_life=1e9)
    made.learn(np.ones((100, 2)))

    made.fit(np.ones(2))

    assert made.basis is None
