"""A tag and a window → what is told of it."""

from config.device import Machine, Tag
from config.plant import Plant
from contract.sample import MICROSECOND, from_us
from mes.facts.freshness import holds_for
from mes.facts.model import Span
from mes.values.answers import bucket_of, gaps_of, runs_of, values_of
from mes.values.models import TagValues
from mes.values.store import Reading, numbers, runs
from mes.values.tags import in_runs


async def told_of(
    plant: Plant,
    machine: Machine,
    tag: Tag,
    reading: Reading,
    series: int | None,
    window: Span,
    points: int,
) -> TagValues:
    """The samples of one tag in a window: the API's answer, and what pages draw."""
    holds_us = holds_for(plant, machine, tag) // MICROSECOND
    if in_runs(tag):
        found = await runs(reading, series, window, holds_us, points, text=tag.type == "string")
    else:
        found = await numbers(reading, series, window, holds_us, points)
    return TagValues(
        tag=tag.name,
        role=tag.role.value,
        unit=tag.unit,
        samples=found.samples,
        holds_us=holds_us,
        values=[] if found.values is None else values_of(found.values),
        buckets=[bucket_of(bucket) for bucket in found.buckets],
        runs=runs_of(found.runs, tag, found.texts, (window[0], found.told_to_us)),
        told_to=from_us(found.told_to_us),
        gaps=gaps_of(found.gaps, found.told_to_us),
    )
