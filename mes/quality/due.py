"""A plan, the parts and the last inspection → is one due, and since when. Pure.

Where parts are not known, neither is whether an inspection is due: unknown, which is not "no".
"""

from dataclasses import dataclass
from enum import StrEnum


class Trigger(StrEnum):
    """What makes an inspection due; a manual one, and one of a lot that arrives, is asked for by people."""

    FIRST_PIECE = "first_piece"
    EVERY_N = "every_n"
    EVERY_T = "every_t"
    TAG = "tag"
    MANUAL = "manual"
    LOT = "lot"


COMPUTED = (Trigger.FIRST_PIECE, Trigger.EVERY_N, Trigger.EVERY_T, Trigger.TAG)


class Due(StrEnum):
    """Whether an inspection is to be made now."""

    DUE = "due"
    NOT_DUE = "not_due"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why it is not known."""

    PRODUCT_UNKNOWN = "product_unknown"
    NOT_COUNTED = "not_counted"
    NO_DATA = "no_data"
    PARTS_UNCERTAIN = "parts_uncertain"


@dataclass(frozen=True, slots=True)
class Course:
    """What a machine did since the product came, the plan was released and the last inspection was taken.

    `base_us` is the latest of the three; `low` and `high` (None: not known) bound the parts since; `reached_us` is when
    as many parts as the plan says were made for certain, `first_us` when the first of them was; `signal_us` is when the
    tag asked.
    """

    now_us: int
    base_us: int
    inspected: bool
    product_known: bool = True
    observed: bool = True
    counted: bool = True
    low: int = 0
    high: int | None = 0
    first_us: int | None = None
    reached_us: int | None = None
    signal_us: int | None = None


@dataclass(frozen=True, slots=True)
class DueAnswer:
    """Whether it is due, since when, and why that is not known."""

    due: Due
    since_us: int | None = None
    why: Why | None = None


NO = DueAnswer(Due.NOT_DUE)


def due_of(trigger: Trigger, every_parts: int | None, every_us: int | None, course: Course) -> DueAnswer:
    """Whether an inspection by a plan is due on a machine. `inspected`: one was taken since product and release."""
    if not course.product_known:
        return _unknown(Why.PRODUCT_UNKNOWN)
    if trigger is Trigger.EVERY_T:
        at = course.base_us + (every_us or 0)
        return DueAnswer(Due.DUE, at) if course.now_us >= at else NO
    if trigger is Trigger.TAG:
        return _by_signal(course)
    if trigger is Trigger.FIRST_PIECE:
        return NO if course.inspected else _by_parts(course, 1, course.first_us)
    if trigger is Trigger.EVERY_N:
        return _by_parts(course, every_parts or 1, course.reached_us)
    return NO


def _by_parts(course: Course, wanted: int, reached_us: int | None) -> DueAnswer:
    if course.counted and course.low >= wanted and reached_us is not None:
        return DueAnswer(Due.DUE, reached_us)
    if not course.counted:
        return _unknown(Why.NOT_COUNTED)
    if not course.observed:
        return _unknown(Why.NO_DATA)
    return _unknown(Why.PARTS_UNCERTAIN) if course.high is None or course.high >= wanted else NO


def _by_signal(course: Course) -> DueAnswer:
    if course.signal_us is not None:
        return DueAnswer(Due.DUE, course.signal_us)
    return NO if course.observed else _unknown(Why.NO_DATA)


def _unknown(why: Why) -> DueAnswer:
    return DueAnswer(Due.UNKNOWN, None, why)
