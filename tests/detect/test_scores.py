"""The measures of `make detect`, on cases whose result is known, and a small part of the simulated machines."""

import numpy as np
import pytest

from tests.detect.floor import WEEK, Fault, history
from tests.detect.machines import Result, count
from tests.detect.nab import PROFILES, Series, score
from tests.detect.skab import vus_pr

ONE = {"group/file.csv": Series(np.arange(1000) * 300, np.zeros(1000), [(500, 599)])}


def scores(*rows: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    found = np.zeros(1000)
    found[list(rows)] = 1.0
    return {"group/file.csv": found}


@pytest.mark.parametrize(
    ("rows", "expected"), [((500,), 100.0), ((500, 550), 100.0), ((), 0.0), ((10,), 0.0), ((200,), -5.5)]
)
def test_nab_rewards_the_beginning_of_a_window_and_counts_it_once(rows: tuple[int, ...], expected: float) -> None:
    found, _ = score(ONE, scores(*rows), PROFILES[0], threshold=0.5)

    assert found == pytest.approx(expected, abs=0.01)


def test_nab_takes_the_best_threshold_where_none_is_given() -> None:
    found = scores(500)
    found["group/file.csv"][200] = 0.9

    best, threshold = score(ONE, found, PROFILES[1])

    assert (best, threshold) == (pytest.approx(100.0), 1.0)


def test_vus_pr_is_one_for_the_labels_themselves_and_their_share_for_a_constant() -> None:
    wrong = np.zeros(1000, dtype=bool)
    wrong[300:500] = True

    assert vus_pr(wrong, wrong.astype(float)) > 0.95
    assert vus_pr(wrong, np.zeros(1000)) == pytest.approx(0.21, abs=0.02)


def test_simulated_faults_lie_in_their_weeks_and_show_in_the_tags() -> None:
    well, ill = history(3, 3, 9, 0), history(3, 3, 2, 3)

    assert well.faults == []
    assert len(ill.faults) == 3
    assert all(2 * WEEK <= fault.begins < fault.ends <= 3 * WEEK for fault in ill.faults)
    assert np.isfinite(ill.values).all()


def test_an_alarm_in_a_fault_is_none_that_was_false() -> None:
    result = Result()
    fault = Fault("air leak", 2 * WEEK, 2 * WEEK + 480)

    count(result, [fault], [10, WEEK + 5, 2 * WEEK + 30, 2 * WEEK + 500], learning=1, weeks=3)

    assert (result.false, result.weeks, result.delays["air leak"]) == (1, 2.0, [30.0])
