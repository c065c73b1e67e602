from datetime import timedelta

import pytest

from mes.nodes.state import known_of
from tests.times import at

NOW = at("2026-11-24 08:00")
PATIENCE = timedelta(seconds=15)


def ago(seconds: float | None) -> object:
    return None if seconds is None else NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("said", "since", "frame", "state", "known_since"),
    [
        (None, None, None, "unknown", None),
        ("online", 60, 1, "online", 60),
        ("online", 1, None, "online", 1),  # it has just come and sent nothing yet
        ("online", 60, 16, "unknown", 16),  # its broker is dead: no will was sent, and no frame comes
        ("online", 60, None, "unknown", 60),
        ("online", 5, 600, "online", 5),  # back after ten minutes
        ("offline", 60, 1, "offline", 60),
    ],
)
def test_only_an_agent_that_is_heard_of_is_online(
    said: str | None, since: float | None, frame: float | None, state: str, known_since: float | None
) -> None:
    assert (state, ago(known_since)) == known_of(said, ago(since), ago(frame), NOW, PATIENCE)  # type: ignore[arg-type]
