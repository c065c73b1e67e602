"""A rule by itself, as somebody writes it to try it → checked as if it stood in the plant file; and back to text."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum

import yaml
from pydantic import BaseModel, ValidationError

from config import dialect
from config.complaints import lines
from config.device import Strict
from config.durations import UNITS
from config.expression import Expression
from config.load import BadPlantFile
from config.plant import Plant
from config.rules.budget import FalseAlarms
from config.rules.kinds import AnyRule
from config.yaml_mistakes import mistake_of

LONGEST = 4000


class Candidates(Strict):
    """What is read: as `rules` of a plant file."""

    rules: tuple[AnyRule, ...]


def read_candidate(plant: Plant, text: str) -> AnyRule:
    """The rule that was written, one of the plant file by its id or a new one; or BadPlantFile, a line a mistake."""
    if len(text) > LONGEST:
        raise BadPlantFile(f"rule: has more than {LONGEST} characters: write one rule")
    try:
        written = dialect.load(text)
    except dialect.WrongKey as err:
        raise BadPlantFile(str(err)) from err
    except yaml.YAMLError as err:
        raise BadPlantFile(mistake_of(err)) from err
    except (ValueError, RecursionError) as err:
        raise BadPlantFile("rule: holds a number with thousands of digits, or brackets without end") from err
    document = {"rules": written if isinstance(written, list) else [written]}
    if len(document["rules"]) != 1 or not isinstance(document["rules"][0], dict):
        raise BadPlantFile("rule: write one rule, such as {id: hot, kind: threshold, tag: temperature, above: 60}")
    try:
        [rule] = Candidates.model_validate(document).rules
    except ValidationError as err:
        raise BadPlantFile("\n".join(lines(err, document, "rule"))) from err
    others = tuple(one for one in plant.rules if one.id != rule.id)
    try:
        plant.model_copy(update={"rules": (*others, rule)}).fits()
    except ValueError as err:
        raise BadPlantFile(str(err)) from err
    return rule


def text_of_rule(rule: AnyRule) -> str:
    """As it is written in a plant file, without what it leaves out."""
    made = {key: _plain(value) for key, value in _given(rule).items()}
    return dialect.dump({"id": rule.id, "kind": rule.kind} | made)


def _given(model: BaseModel) -> Mapping[str, object]:
    named = {field.alias or name: (name, field) for name, field in type(model).model_fields.items()}
    given = {key: getattr(model, name) for key, (name, field) in named.items() if name in model.model_fields_set}
    return {key: value for key, value in given.items() if key not in ("id", "kind")}


def _plain(value: object) -> object:
    made = value
    match value:
        case timedelta():
            made = _duration(value)
        case Enum():
            made = value.value
        case Expression():
            made = value.text
        case FalseAlarms():
            made = str(value)
        case BaseModel():
            made = {key: _plain(one) for key, one in _given(value).items()}
        case tuple() | list():
            made = [_plain(one) for one in value]
    return made


def _duration(value: timedelta) -> str:
    """In the largest unit that leaves it whole."""
    us = value // timedelta(microseconds=1)
    for unit in ("d", "h", "min", "s", "ms"):
        size = UNITS[unit] // UNITS["us"]
        if us and us % size == 0:
            return f"{us // size}{unit}"
    return f"{us}us" if us else "0s"
