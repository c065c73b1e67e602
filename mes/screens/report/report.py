"""A report as it was asked for, and all that it says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from config.device import Name
from config.plant import Plant
from mes.kpi.formulas import Kpi
from mes.people.notes.models import NoteAnswer
from mes.screens.report.figures import Figures
from mes.screens.report.period import Period, PeriodKind
from mes.web.evaluated import Evaluated


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report is asked for; without a day the newest period, without `as_of` as known now."""

    equipment: str
    kind: PeriodKind = "shift"
    day: date | None = None
    shift: str | None = None
    product: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """An earlier period in the same numbers."""

    period: Period
    kpis: Mapping[str, Kpi]
    completeness: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says, as known at one instant."""

    plant: Plant
    product: str | None
    period: Period
    before: Period | None
    after: Period | None
    asked: Evaluated
    figures: Figures
    orders: tuple[Mapping[str, Any], ...]
    scrap: tuple[tuple[str, Decimal], ...]
    compared: tuple[Compared, ...]
    notes: tuple[NoteAnswer, ...]
    names: Mapping[str, Name]
    reasons: Mapping[str, Name]

    @property
    def provisional(self) -> bool:
        """True while late data and corrections may change it without a restatement."""
        return bool(self.asked.head()["provisional"])

    @property
    def final_at(self) -> datetime:
        """When it becomes final."""
        found: datetime = self.asked.head()["final_at"]
        return found
