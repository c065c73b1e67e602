"""A plan → the fields of its form, and what was typed → results. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mes.quality.charts import VARIABLE, Chart
from mes.quality.models import CharacteristicAnswer, PlanAnswer


@dataclass(frozen=True, slots=True)
class Field:
    """One characteristic on the form: the names of its inputs."""

    asked: CharacteristicAnswer
    inputs: tuple[str, ...]
    of: str | None


def fields_of(plan: PlanAnswer) -> list[Field]:
    """An input for each value, but for what a tag tells; of counts one more for the parts where they vary."""
    found = []
    for place, one in enumerate(plan.characteristics):
        if one.tag is not None:
            continue
        if one.chart in VARIABLE:
            found.append(Field(one, tuple(f"v-{place}-{n}" for n in range(1, one.subgroup_size + 1)), None))
        else:
            found.append(Field(one, (f"v-{place}-1",), f"of-{place}" if one.chart is Chart.P else None))
    return found


def typed_results(plan: PlanAnswer, form: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was typed, for InspectionBody to judge; an empty field is no result. 2,41 is 2.41: people write so."""
    found = []
    for field in fields_of(plan):
        for piece, name in enumerate(field.inputs, start=1):
            text = form.get(name, "").strip()
            if not text:
                continue
            result: dict[str, Any] = {"characteristic": field.asked.id, "piece": piece}
            if field.asked.chart in VARIABLE:
                result["value"] = text.replace(",", ".").removeprefix("+")
            else:
                of = form.get(field.of, "").strip() if field.of else ""
                result |= {"nonconforming": int(text), "of": int(of) if of else field.asked.subgroup_size}
            found.append(result)
    return found
