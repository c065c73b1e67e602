"""How a state looks on every screen: the key of its word, its shape and its colour. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from contract.sample import State


class Colour(StrEnum):
    """What a colour asks of the people who see it."""

    NORMAL = "normal"
    ACT = "act"
    ACT_NOW = "act-now"
    NO_DATA = "no-data"


@dataclass(frozen=True, slots=True)
class Look:
    """A state on the wall: the key of its word, its shape and its colour; never a colour alone."""

    word: str
    shape: str
    colour: Colour


SHAPES = {
    State.NO_DATA: "?",
    State.RUNNING: "►",
    State.IDLE: "○",
    State.STARVED: "◇",
    State.BLOCKED: "◆",
    State.DOWN: "■",
    State.SETUP: "◐",
    State.STOPPED: "□",
    State.MAINTENANCE: "◎",
}
WAITING = (State.STARVED, State.BLOCKED, State.STOPPED)
SLOW = Look("state.slow", "▲", Colour.ACT)


def look_of(state: State, planned: bool, slow: bool) -> Look:
    """How a state looks; in a break or without a shift only DOWN and NO DATA have a colour."""
    if state is State.RUNNING and slow:
        return SLOW
    return Look(f"state.{state.name.lower()}", SHAPES[state], colour_of(state, planned))


def colour_of(state: State, planned: bool) -> Colour:
    """The colour of a state, in or outside planned time."""
    if state is State.NO_DATA:
        return Colour.NO_DATA
    if state is State.DOWN:
        return Colour.ACT_NOW
    return Colour.ACT if planned and state in WAITING else Colour.NORMAL
