"""Frames → the spans of machines that are to be computed again, in pieces that fit in memory. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from mes.facts.model import Span
from mes.facts.source_tags import COUNTERS
from mes.facts.windowing import merged
from mes.keeper.rebuild import Region

# Dirty spans of a machine that lie closer than this are recomputed as one.
CLOSE_US = 60_000_000
# So much of a machine's time is held in memory at once; a long dirty span is taken piece by piece.
PIECE_US = 6 * 3_600_000_000


def dirty_spans(frames: Iterable[tuple[Sequence[str], int, int]]) -> dict[str, list[Span]]:
    """For each machine the spans to recompute, apart and in order, from (machines, first_us, last_us) of frames."""
    touched: dict[str, list[Span]] = {}
    for machines, first, last in frames:
        for machine in machines:
            touched.setdefault(machine, []).append((first, last))
    return {machine: list(merged(spans, CLOSE_US)) for machine, spans in touched.items()}


def cut(span: Span) -> Iterator[Span]:
    """A span, both ends in it, in pieces that fit in memory."""
    start, end = span
    while end - start >= PIECE_US:
        yield start, start + PIECE_US - 1
        start += PIECE_US
    yield start, end


def batches(regions: Iterable[Region]) -> Iterator[list[Region]]:
    """Regions together as long as few pieces, or one of them and more; short ones all at once."""
    some: list[Region] = []
    length = 0
    for region in regions:
        some.append(region)
        length += region.span[1] - region.span[0]
        if length >= len(COUNTERS) * PIECE_US:
            yield some
            some, length = [], 0
    if some:
        yield some
