"""Sums are kept for years: whoever changes what the engine says must say so by its version."""

import hashlib
import random
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.calendar import calendar_of
from config.shifts import planned_spans, scheduled_spans
from contract.sample import to_us
from mes.kpi.engine import ENGINE_VERSION
from tests.mes.floors import CHUNKS, END, PULL, SHORT, SPEED, elements, floor
from tests.mes.pure import PLANT, SECOND

PINNED = Path(__file__).with_name("engine_results.txt")
FLOORS = 250
# With both changes of the clock.
YEAR = (to_us(datetime(2026, 1, 1, tzinfo=UTC)), to_us(datetime(2027, 1, 1, tzinfo=UTC)))


def results() -> str:
    """A hash of the elements of made-up floors with whatever chunks came, under each policy and some plan."""
    digest = hashlib.sha256()
    for seed in range(FLOORS):
        dice = random.Random(seed)
        came = [n for n in range(CHUNKS) if dice.random() < 0.7]
        begin = dice.randrange(END // 2)
        shift = (begin, begin + END // 3) if dice.random() < 0.5 else (0, END)
        planned = [(shift[0] * SECOND, shift[1] * SECOND)]
        found = elements(floor(seed, resets=seed % 3 == 0).facts(came), (SHORT, SPEED, PULL)[seed % 3], planned)
        digest.update(repr(astuple(found)).encode())
    calendar = calendar_of(PLANT.site.model_copy(update={"zone": "Europe/Berlin"}))
    for spans in (planned_spans, scheduled_spans):
        digest.update(repr(spans(calendar, *YEAR)).encode())
    return digest.hexdigest()


def test_other_results_need_another_engine_version() -> None:
    version, pinned = PINNED.read_text(encoding="utf-8").split()

    found = results()

    if found != pinned:
        cure = "raise ENGINE_VERSION in mes/kpi/engine.py, then"
        pytest.fail(
            f"{'' if int(version) < ENGINE_VERSION else cure} write '{ENGINE_VERSION} {found}' to {PINNED.name}"
        )
    assert int(version) == ENGINE_VERSION
