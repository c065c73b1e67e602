"""Plant → a file with one running order a line, so that the first look shows progress: one in time, the next late."""

from datetime import datetime, timedelta
from pathlib import Path

import yaml

from config.device import Role
from config.plant import Line, Plant

BEGAN = timedelta(hours=6)
# What a line makes of its ideal rate, and so how long an order of TAKES hours really takes.
LIKELY_OEE = 0.5
TAKES = timedelta(hours=10)
DUE_IN = (timedelta(hours=7), timedelta(hours=2))


def write_orders(path: Path, plant: Plant, now: datetime) -> None:
    """The file, unless an earlier start has written it; orders are bound to lines that tell their product."""
    if path.exists():
        return
    orders = [_order(number, line, now) for number, line in enumerate(plant.lines) if _product(line) is not None]
    path.write_text(yaml.safe_dump(orders), encoding="utf-8")


def _order(number: int, line: Line, now: datetime) -> dict[str, object]:
    output = next(machine for machine in line.machines if machine.id == line.output_machine)
    began = now - BEGAN
    return {
        "id": f"{now:%Y%m%d}-{number + 1}",
        "product": _product(line),
        "quantity": round(TAKES / output.ideal_cycle * LIKELY_OEE / 100) * 100,
        "due_at": (now + DUE_IN[number % 2]).replace(second=0, microsecond=0).isoformat(),
        "line": line.id,
        "started_at": began.replace(microsecond=0).isoformat(),
    }


def _product(line: Line) -> str | None:
    output = next(machine for machine in line.machines if machine.id == line.output_machine)
    tag = output.tag_of(Role.PRODUCT)
    return next(iter(tag.products.values()), None) if tag else None
