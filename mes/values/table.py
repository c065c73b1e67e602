"""Values of tags → CSV: a line for each sample, point of a bucket, run and gap. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from contract.sample import to_us
from mes.values.models import TagValue, TagValues

NAMES = ("tag", "what", "from", "to", "value", "quality", "unit")
POINTS = ("first", "min", "max", "last")
Line = tuple[object, ...]


def table(tags: Sequence[TagValues]) -> bytes:
    """Lines of each tag in the order of time; with a byte order mark, without which Excel reads Chinese wrongly."""
    return as_csv(NAMES, [row for tag in tags for row in rows(tag)])


def rows(tag: TagValues) -> Iterator[Line]:
    """The lines of a tag: tag, what, from, to, value, quality, unit."""
    for what, begin, end, value, quality in sorted(_lines(tag), key=lambda line: to_us(line[1])):  # type: ignore[arg-type]  # the instant
        yield tag.tag, what, _iso(begin), _iso(end), value, quality, tag.unit


def as_csv(names: Sequence[str], lines: Iterable[Line]) -> bytes:
    """Lines under their names."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for line in lines:
        writer.writerow("" if cell is None else _plain(cell) for cell in line)
    return out.getvalue().encode("utf-8-sig")


def _lines(tag: TagValues) -> Iterator[Line]:
    for one in tag.values:
        yield "sample", one.at, None, one.value, one.quality
    for bucket in tag.buckets:
        for what in POINTS:
            point: TagValue | None = getattr(bucket, what)
            if point is not None:
                yield what, point.at, None, point.value, point.quality
    for run in tag.runs:
        yield "run", run.from_, run.to, run.value, run.quality
    for gap in tag.gaps:
        yield "gap", gap.from_, gap.to, None, gap.cause


def _iso(at: object) -> object:
    return at.isoformat().replace("+00:00", "Z") if hasattr(at, "isoformat") else at


def _plain(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t") else value
