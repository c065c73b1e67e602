"""The log hears once a day of each counter that has shown what its machine cannot have counted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import structlog

from contract.sample import from_us
from mes import metrics
from mes.keeper.difference import Doubt

DAY_US = 86_400_000_000
CURE = (
    "no part of this step is certain: where it is a sentinel add it to the tag's 'invalid'; where the machine is so "
    "fast correct its ideal_cycle, or raise its max_rate_factor"
)
log = structlog.get_logger()


@dataclass
class Misread:
    """What was told, and on which day."""

    told: dict[tuple[str, str], int] = field(default_factory=dict)

    def tell(self, doubts: Sequence[Doubt]) -> None:
        """Of each counter once a day."""
        for doubt in doubts:
            metrics.NOT_BELIEVED.inc()
            name, day = (doubt.machine, doubt.tag), doubt.at // DAY_US
            if self.told.get(name) != day:
                self.told[name] = day
                log.warning("count_not_believed", **asdict(doubt) | {"at": str(from_us(doubt.at))}, cure=CURE)
