"""Elements and Kpis → the answer with formulas. Pure."""

from mes.erp.models import ElementsAnswer, KpiAnswer
from mes.oee import Elements, Kpi, Kpis


def elements_answer(e: Elements) -> ElementsAnswer:
    """The elements with their units in their names."""
    return ElementsAnswer(
        planned_us=e.planned,
        producing_us=e.producing,
        setup_us=e.setup,
        delay_us=e.delay,
        down_us=e.down,
        no_data_us=e.no_data,
        ideal_us=e.ideal,
        ideal_good_us=e.ideal_good,
        total=e.total,
        good=e.good,
        reject=e.reject,
    )


def kpi_answers(k: Kpis, e: Elements) -> dict[str, KpiAnswer]:
    """The four ratios by name, each with its formula and the numbers in it."""
    seen = e.planned - e.no_data
    return {
        "availability": _answer(k.availability, "APT / (PBT - NO_DATA)", e.producing, seen),
        "effectiveness": _answer(k.effectiveness, "sum(PRI x PQ) / APT", e.ideal, e.producing),
        "quality_ratio": _answer(k.quality_ratio, "sum(PRI x GQ) / sum(PRI x PQ)", e.ideal_good, e.ideal),
        "oee": _answer(k.oee, "sum(PRI x GQ) / (PBT - NO_DATA)", e.ideal_good, seen),
    }


def _answer(kpi: Kpi, symbols: str, numerator: int, denominator: int) -> KpiAnswer:
    return KpiAnswer(
        value=kpi.value,
        low=kpi.low,
        high=kpi.high,
        undefined=kpi.undefined.value if kpi.undefined else None,
        formula=f"{symbols} = {numerator} us / {denominator} us",
    )
