"""One measured figure."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`against`: what it was measured beside or on, in the same run; `aim`: what we want, empty where there is none."""

    name: str
    value: float
    unit: str
    against: str = ""
    aim: str = ""

    def row(self) -> dict[str, str | float]:
        """For bench.json."""
        return asdict(self)
