"""Whatever is wrong with a plant file is told in plain words, with its place, and never in those of a library."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import config.cycles
import config.device
import config.opcua
import config.plant
import config.policy
import config.rules.kinds
import config.state_rules
from config import dialect
from config.complaints import OTHERWISE
from config.load import BadPlantFile, plant_of
from tests.config.places import places, put

EXAMPLE = dialect.load(Path("config/plant.example.yaml").read_text(encoding="utf-8"))
# What Python and pydantic call things, which nobody on a shop floor knows.
FOREIGN = re.compile(
    r"Input|Value error|Assertion|should (?:be|have|match)|instance|[Tt]uple|\bdict|\bstr\b|\bint\b|\bNone\b|\bTrue\b"
    r"|\bFalse\b|NoneType|datetime|timedelta|Unable to|validation|pydantic|discriminator|extra_|<class|Error\b|__"
    rf"|{re.escape(OTHERWISE)}"
)
GONE = object()
WRONG: list[Any] = [GONE, None, "", [], {}, "x", "Ä b", 7, -1, 1.5, True, 10**30, "x" * 5000, ["x"], [[]], {"x": "y"}]
MODULES = (config.device, config.opcua, config.plant, config.policy, config.rules, config.state_rules, config.cycles)
MODELS = {one for module in MODULES for one in vars(module).values() if isinstance(one, type)}
NAMES = {model.__name__ for model in MODELS if issubclass(model, BaseModel)} - {"Name", "Line", "Break", "Device"}


def complaints(document: Any) -> list[str]:
    try:
        plant_of(document)
    except BadPlantFile as err:
        return str(err).splitlines()
    return []


def broken() -> Iterator[tuple[str, Any]]:
    """The manual with each of its keys missing, of another kind, empty, too large and beside an unknown one."""
    seen: set[tuple[str, ...]] = set()
    for place in places(EXAMPLE):
        # One entry of a list stands for all, but for those of different kinds.
        kind = tuple(str(part) for part in place if isinstance(part, str)) + tuple(str(len(place)))
        if kind in seen:
            continue
        seen.add(kind)
        for wrong in WRONG:
            document = copy.deepcopy(EXAMPLE)
            put(document, place, wrong, gone=wrong is GONE)
            yield f"{'.'.join(map(str, place))} = {str(wrong)[:20]}", document


@pytest.mark.timeout(120)
def test_each_wrong_key_is_told_in_plain_words() -> None:
    foreign = []
    count = 0
    for what, document in broken():
        count += 1
        foreign += [
            f"{what} → {line}"
            for line in complaints(document)
            if FOREIGN.search(line) or NAMES & set(re.findall(r"\w+", line)) or not re.match(r"[\w.\[\]-]+: ", line)
        ]

    assert foreign == []
    assert count > 3000


# By its letters alone, reject_count was taken for rework_count, and scrap would have been counted as parts to mend.
@pytest.mark.parametrize(
    ("written", "meant"),
    [("reject_count", "scrap_count"), ("NOK_count", "scrap_count"), ("ok_count", "good_count"), ("stat", "state")],
)
def test_a_role_by_another_name_is_recognised(written: str, meant: str) -> None:
    document = copy.deepcopy(EXAMPLE)
    document["lines"][0]["machines"][0]["tags"][0]["role"] = written

    (line,) = complaints(document)

    assert line.endswith(f"; do you mean {meant}?")
