"""What was learned survives a restart."""

import numpy as np

from alerts.detectors.anomaly import Anomalies, Budget
from alerts.detectors.memory import take_in, to_bytes

MINUTE = 60_000_000
BUDGET = Budget(1, 168 * 60 * MINUTE, 10 * 60 * MINUTE)


def made(tags: int = 2) -> Anomalies:
    return Anomalies([0.01] * tags, MINUTE, 30, BUDGET)


def test_a_detector_that_was_kept_judges_as_the_one_that_lived() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(3000, 2))
    lived, kept = made(), made()
    count = 0
    while count < 2000 or lived.figures:
        lived.step(count * MINUTE, values[count], "cap-28")
        count += 1

    assert take_in(kept, to_bytes(lived))
    assert lived.learned_us == kept.learned_us


def test_what_was_kept_of_other_tags_is_left_alone() -> None:
    assert not take_in(made(3), to_bytes(made(2)))
