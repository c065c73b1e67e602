"""What docs/signals.md shows can be copied: each example is a valid part of a plant file, in both languages."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import parse_plant
from tests.mes.pure import PLANT_TEXT

COUNTER = {"name": "counted", "role": "total_count"}
PRODUCTS = [{"id": name, "name": {"en": name, "zh": name}} for name in ("water-500", "water-1500")]


def examples(language: str) -> list[Any]:
    text = Path(f"docs/signals{language}.md").read_text(encoding="utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("language", ["", ".zh"])
def test_each_example_may_be_copied(language: str) -> None:
    tried = 0
    for example in examples(language):
        if isinstance(example, dict) and "tags" not in example:
            continue
        tags = example["tags"] if isinstance(example, dict) else example
        document = yaml.safe_load(PLANT_TEXT)
        document["products"] += PRODUCTS
        document["site"]["shifts"][0] |= {"starts": "06:00", "ends": "22:00"}
        [machine] = document["lines"][0]["machines"]
        opcua = any("node" in tag for tag in tags)
        if opcua:
            document["devices"] = [{"id": "plc", "edge": "e", "protocol": "opcua", "url": "opc.tcp://192.0.2.1:4840"}]
        counted = COUNTER | ({"node": "s=Total"} if opcua else {"register": 900})
        machine["tags"] = [*tags, *([] if any(tag.get("role") == "total_count" for tag in tags) else [counted])]
        rules = [{**rule, "notify": []} for rule in (example.get("rules", []) if isinstance(example, dict) else [])]

        plant = parse_plant(yaml.safe_dump(document | {"rules": rules}, allow_unicode=True))

        assert {tag["name"] for tag in tags} <= {tag.name for tag in plant.machines[0].tags}
        tried += 1
    assert tried >= 6


def test_both_languages_show_the_same_examples() -> None:
    assert examples("") == examples(".zh")
