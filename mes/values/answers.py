"""What was found of a tag → as the API tells it. Pure."""

from config.device import Role, Tag
from contract.sample import Quality, State, from_us
from mes.facts.model import Span
from mes.values.models import QualityWord, TagValue, ValueBucket, ValueGap, ValueRun
from mes.values.runs import Run
from mes.values.spans import BAD, Gaps, Samples
from mes.values.thinning import Bucket, Point

WORDS: dict[Quality, QualityWord] = {
    Quality.GOOD: "good",
    Quality.UNCERTAIN: "uncertain",
    Quality.BAD: "bad",
}
CODES = frozenset(int(state) for state in State)


def values_of(samples: Samples) -> list[TagValue]:
    """Each sample."""
    columns = (samples.at.tolist(), samples.value.tolist(), samples.quality.tolist())
    return [
        TagValue(at=from_us(at), value=None if quality == BAD else value, quality=WORDS[Quality(quality)])
        for at, value, quality in zip(*columns, strict=True)
    ]


def bucket_of(bucket: Bucket) -> ValueBucket:
    """A bucket."""
    first, least, greatest, last = (None,) * 4 if bucket.points is None else map(_point, bucket.points)
    return ValueBucket(
        from_=from_us(bucket.begin_us),
        to=from_us(bucket.end_us),
        samples=bucket.samples,
        good=bucket.good / bucket.samples,
        missing_us=bucket.missing_us,
        first=first,
        min=least,
        max=greatest,
        last=last,
    )


def runs_of(runs: list[Run], tag: Tag, texts: dict[int, str], window: Span) -> list[ValueRun]:
    """Runs within a window, their values in words where there are any."""
    found = []
    for run in runs:
        begin, end = max(run.from_us, window[0]), min(run.to_us, window[1])
        if begin < end:
            value = _word(run.value, tag, texts)
            found.append(ValueRun(from_=from_us(begin), to=from_us(end), value=value, quality=WORDS[run.quality]))
    return found


def gaps_of(gaps: Gaps, until_us: int) -> list[ValueGap]:
    """Gaps up to an instant."""
    columns = zip(gaps.begin.tolist(), gaps.end.tolist(), gaps.bad.tolist(), strict=True)
    return [
        ValueGap(from_=from_us(begin), to=from_us(min(end, until_us)), cause="bad" if bad else "no_samples")
        for begin, end, bad in columns
        if begin < until_us
    ]


def _point(point: Point) -> TagValue:
    return TagValue(at=from_us(point.at_us), value=point.value, quality=WORDS[point.quality])


def _word(value: float | None, tag: Tag, texts: dict[int, str]) -> str | float | None:
    """A number that has no word stays the number that it is."""
    if value is None:
        return None
    if tag.type == "string":
        return texts.get(int(value), value)
    if tag.role is Role.STATE and value in CODES:
        return State(int(value)).name.lower()
    if tag.role is Role.PRODUCT:
        return tag.products.get(int(value), value)
    return value
