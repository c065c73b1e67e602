"""Losses, stops and cycle times → the answers. Pure."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from config.plant import Plant
from contract.sample import from_us
from mes.losses.cycle_times import Bin, Typical
from mes.losses.models import (
    CostAnswer,
    LossAnswer,
    LostAnswer,
    NotLosses,
    ParetoAnswer,
    SixLosses,
    StopAnswer,
)
from mes.losses.models_cycles import BinAnswer, TypicalAnswer
from mes.losses.six_big_losses import FACTORS, Balance, Lost, Where
from mes.losses.stops import Cost, Stop, pareto
from mes.web.models import Names

MINUTE_US = 60_000_000


def lost_answer(lost: Lost) -> LostAnswer:
    """A line of the balance."""
    return LostAnswer(**_lost(lost))


def six_losses(balance: Balance) -> SixLosses:
    """The six big losses with their factors."""
    return SixLosses(
        **{where.value: LossAnswer(**_lost(balance[where]), factor=factor) for where, factor in FACTORS.items()}
    )


def not_losses(balance: Balance) -> NotLosses:
    """What is neither good nor one of the six."""
    chosen = (Where.NO_WORK, Where.NO_DATA, Where.NOT_COUNTED)
    return NotLosses(**{where.value: lost_answer(balance[where]) for where in chosen})


def stop_answer(stop: Stop) -> StopAnswer:
    """A stop as it stands in a list."""
    return StopAnswer(
        equipment=stop.machine,
        state=stop.state.name.lower(),
        reason=stop.reason,
        from_=from_us(stop.begin_us),
        to=from_us(stop.end_us),
        duration_us=stop.end_us - stop.begin_us,
        planned_us=stop.planned_us,
        element=stop.element.value,
        loss=Where.MINOR_STOPS.value if stop.minor else stop.loss.value,
        failure=stop.failure,
        counted=stop.counted,
        open=stop.open,
        undecided=stop.undecided,
    )


def pareto_answer(plant: Plant, stops: Sequence[Stop]) -> ParetoAnswer:
    """The most expensive reasons and states of longer stops, and states of minor ones."""
    longer, minor = [s for s in stops if not s.minor], [s for s in stops if s.minor]
    names = {reason.id: Names(en=reason.name.en, zh=reason.name.zh) for reason in plant.reasons}
    return ParetoAnswer(
        by_reason=_costs(pareto(longer, lambda s: s.reason), names),
        by_state=_costs(pareto(longer, lambda s: s.state.name.lower()), {}),
        minor_by_state=_costs(pareto(minor, lambda s: s.state.name.lower()), {}),
    )


def bin_answer(found: Bin) -> BinAnswer:
    """A bin of the histogram, its edges as ratios."""
    return BinAnswer(
        from_ratio=found.low / 100,
        to_ratio=None if found.high is None else found.high / 100,
        pace=found.pace,
        cycles=found.cycles,
        parts=found.parts,
        us=found.us,
        minor_us=found.minor_us,
        longer_us=found.longer_us,
    )


def typical_answer(machine: str, found: Typical) -> TypicalAnswer:
    """How long parts of a product took on a machine."""
    return TypicalAnswer(equipment=machine, **{name: getattr(found, name) for name in Typical.__slots__})


def _costs(costs: Sequence[Cost], names: dict[str, Names]) -> list[CostAnswer]:
    total, so_far, found = sum(cost.us for cost in costs), 0, []
    for cost in costs:
        so_far += cost.us
        found.append(
            CostAnswer(
                key=cost.key,
                name=names.get(cost.key or ""),
                stops=cost.stops,
                us=cost.us,
                open=cost.open,
                undecided=cost.undecided,
                share=float(Fraction(cost.us, total)) if total else None,
                cumulative=float(Fraction(so_far, total)) if total else None,
            )
        )
    return found


def _lost(lost: Lost) -> dict[str, Any]:
    return {
        "us": lost.us,
        "minutes": float(Fraction(lost.us, MINUTE_US)),
        "parts": float(lost.parts),
        "parts_exact": str(lost.parts),
    }
