"""Elements → the answer with formulas; the name of a policy → the policy. Pure."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query

from config.plant import Plant
from mes.facts.model import Span
from mes.kpi.elements import NAMES, VALUES, Elements, in_answers
from mes.kpi.formulas import Exact, Formula, Kpi, factors, formulas, in_symbols, nearest
from mes.kpi.policy import Policy, policies_of
from mes.web.bounds import PlantId
from mes.web.kpi_models import ElementsAnswer, KpiAnswer, PolicyAnswer
from mes.web.problems import mistake
from mes.web.result_id import ALL, ResultId, encode, told
from mes.web.snapshot import Snapshot

PolicyName = Annotated[
    PlantId | None,
    Query(
        description="By which policy: iso-22400-2, tpm-classic, or one of the plant file; left out: the plant's own.",
        examples=["tpm-classic"],
    ),
]


def policy_named(plant: Plant, name: str | None, place: str = "query.policy") -> Policy:
    """The policy with this name, the plant's own for None, or a Problem 422 that says which there are."""
    snapshot = policies_of(plant.policies)
    if name is not None and name not in snapshot:
        raise mistake(place, f"There is no policy '{name}': give one of {', '.join(snapshot)}.")
    return snapshot[plant.policy if name is None else name]


def policy_answer(policy: Policy) -> PolicyAnswer:
    """A policy as it stands in answers."""
    return PolicyAnswer(name=policy.name, version=policy.version, hash=policy.hash)


def elements_answer(e: Elements) -> ElementsAnswer:
    """The elements with their units in their names."""
    return ElementsAnswer(**with_units(e))


def with_units(e: Elements) -> dict[str, int]:
    """The elements by their names in answers: what is no number of parts or stops ends in '_us'."""
    return {in_answers(name): number for name, number in zip(NAMES, VALUES(e), strict=True)}


def result_ids(
    numbers: Mapping[str, Exact], policy: Policy, equipment: str, window: Span, snapshot: Snapshot
) -> dict[str, str]:
    """The id of each KPI of an answer by name, and under ALL that of all of them; `numbers` are the policy's exacts."""

    def id_(name: str, digest: str) -> str:
        start, end = window
        asked = (equipment, name, start, end, snapshot.at_us)
        return encode(ResultId(*asked, policy.name, policy.version, policy.hash, digest), snapshot.result_key)

    return {name: id_(name, told([number])) for name, number in numbers.items()} | {
        ALL: id_(ALL, told(list(numbers.values())))
    }


def kpi_answers(
    e: Elements, policy: Policy, numbers: Mapping[str, Exact], ids: Mapping[str, str]
) -> dict[str, KpiAnswer]:
    """All KPIs by name, each with its formula and the numbers in it; `numbers` are the exacts of these elements."""
    return {f.name: _answer(e, f, nearest(numbers[f.name]), ids[f.name]) for f in formulas(policy)}


def _answer(e: Elements, formula: Formula, found: Kpi, id_: str) -> KpiAnswer:
    numbers = " x ".join(f"{numerator} / {denominator}" for numerator, denominator in factors(e, formula))
    return KpiAnswer(
        id=id_,
        value=found.value,
        low=found.low,
        high=found.high,
        undefined=found.undefined.value if found.undefined else None,
        unit=formula.unit.value,
        better="higher" if formula.higher_is_better else "lower",
        formula=f"{in_symbols(e, formula)} = {numbers}",
    )
