"""The fault matrix with one seed a row: lost 0 or exactly the certified gaps, doubled 0, counters those of the PLCs.

All rows that were asked for run side by side from the first test on. `make chaos` runs them with many seeds.
"""

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from laptop.broker import mosquitto
from tests.chaos.ground import Ground
from tests.chaos.matrix import ROWS, Outcome, run_row

# Rows wait most of the time: for a recovery, a time-out, a second try.
SIDE_BY_SIDE = 6


@pytest.fixture(scope="session")
def seed() -> int:
    """Another one each time, or that of SHOPFLOOR_CHAOS_SEED."""
    return int(os.environ.get("SHOPFLOOR_CHAOS_SEED", random.SystemRandom().randrange(1_000_000)))


@pytest.fixture(scope="session")
def outcomes(
    request: pytest.FixtureRequest,
    postgres_url: str,
    template: str,
    open_folder: Path,
    free_port: Callable[[], int],
    seed: int,
) -> Iterator[dict[str, Future[Outcome]]]:
    """The rows of this run, all begun."""
    if mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    ground = Ground(postgres_url, template, open_folder, free_port)
    wanted = [item.callspec.params["row"] for item in request.session.items if "outcomes" in item.fixturenames]
    with ThreadPoolExecutor(SIDE_BY_SIDE, "row") as pool:
        yield {row: pool.submit(run_row, ground, row, seed) for row in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.timeout(1_200)  # the first one waits for the rows beside it, too
@pytest.mark.xdist_group("systems")
@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_lost_in_silence_and_nothing_is_stored_twice(
    row: str, seed: int, outcomes: dict[str, Future[Outcome]]
) -> None:
    outcome = outcomes[row].result()
    print(f"{outcome}\nagain: make chaos SEEDS=1 FIRST={seed} ONLY={row}\n{outcome.broke}")

    if outcome.unfit:
        pytest.skip(outcome.unfit)
    assert outcome.verdict is not None, outcome.broke
    assert outcome.verdict.produced > 0
    assert outcome.clean, outcome.verdict
