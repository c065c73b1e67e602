"""How a state looks on every screen: colour, shape, word, and its height in a strip. Pure.

It reads in black and white: no two looks have one shape. Colours stand in static/tokens.css by the name of the code.
"""

from dataclasses import dataclass

from contract.sample import State


@dataclass(frozen=True, slots=True)
class Look:
    """The key of a state's word, the name of its shape, the code that colours it."""

    word: str
    shape: str
    code: str

    @property
    def loud(self) -> bool:
        """True where somebody has to look: waiting, stopped, slow, down, and where nothing is known."""
        return self.code in LOUD


CODES = {
    State.NO_DATA: "nodata",
    State.RUNNING: "running",
    State.IDLE: "idle",
    State.STARVED: "waiting",
    State.BLOCKED: "waiting",
    State.DOWN: "down",
    State.SETUP: "setup",
    State.STOPPED: "stopped",
    State.MAINTENANCE: "maintenance",
}
# Of the strip's height, in per cent: the higher, the more it is a loss. What is not known fills it.
HEIGHTS = {
    "running": 42,
    "slow": 56,
    "setup": 70,
    "maintenance": 84,
    "waiting": 70,
    "stopped": 100,
    "down": 100,
    "planned": 22,
    "idle": 10,
    "nodata": 100,
}
LOUD = frozenset({"slow", "waiting", "stopped", "down", "nodata"})
# In a break or without a shift nobody is asked to do anything about these.
QUIET_OUTSIDE = (State.STARVED, State.BLOCKED, State.STOPPED, State.IDLE)
SLOW = Look("state.slow", "slow", "slow")
PLANNED = Look("state.planned", "planned", "planned")


def look_of(state: State, planned: bool, slow: bool = False) -> Look:
    """How a state looks; in a break or without a shift a machine that stands is a planned stop, DOWN stays DOWN."""
    if state is State.RUNNING and slow:
        return SLOW
    if not planned and state in QUIET_OUTSIDE:
        return PLANNED
    name = state.name.lower()
    shape = name if state in (State.STARVED, State.BLOCKED) else CODES[state]
    return Look(f"state.{name}", shape, CODES[state])
