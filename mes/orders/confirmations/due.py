"""Is it worth computing again what may be confirmed of an operation? Pure."""

from dataclasses import dataclass

# What a person has to put right is looked at again after this.
AGAIN_US = 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the last try: for which end of a shift, for good or not, by facts known up to when, and what forbade
    it, "" where nothing did."""

    shift_end_us: int
    final: bool
    known_us: int
    at_us: int
    refusal: str = ""


def worth_trying(before: Tried | None, shift_end_us: int, known_us: int, now_us: int, *, final: bool) -> bool:
    """False of an operation of which all of the shift was known when it was tried, or that was refused just now."""
    if before is None or (before.shift_end_us, before.final) != (shift_end_us, final):
        return True
    if before.refusal:
        return rested(before, now_us)
    return before.known_us < known_us and (final or before.known_us < shift_end_us)


def rested(before: Tried | None, now_us: int) -> bool:
    """True of an operation that was not tried just now: what is not certain yet is not asked for again and again."""
    return before is None or now_us >= before.at_us + AGAIN_US
