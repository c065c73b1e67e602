"""A sample as it came. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawSample:
    """A sample with its three times and its frame; `ingested_us` None where the frame is not kept any more."""

    at_us: int
    edge_us: int
    ingested_us: int | None
    value: float | None
    text: str | None
    quality: int
    node: str
    epoch: int
    seq: int
