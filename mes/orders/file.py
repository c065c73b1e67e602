"""The file of orders, read before anything runs. Pure but for reading it."""

from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from config.complaints import lines
from config.plant import Plant
from mes.orders.wish import OrderWish, counting_machine, in_plant_file, unknown_place
from runtime.settings import BadSetting


def load_orders(path: Path, plant: Plant) -> list[OrderWish]:
    """The orders of a YAML file (a list), or BadSetting that names the file, the place and the cure."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        wishes = TypeAdapter(list[OrderWish]).validate_python(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise BadSetting(f"SHOPFLOOR_ORDERS: {path} cannot be read: {str(err).splitlines()[0]}") from err
    except ValidationError as err:
        raise BadSetting(f"{path}: {lines(err, document, 'file')[0]}") from err
    seen: set[str] = set()
    begun: dict[str | None, str] = {}
    for number, wish in enumerate(wishes):
        unknown = unknown_place(plant, wish)
        wrong = ": ".join(unknown) if unknown else ""
        if not in_plant_file(plant, wish.product):
            known = ", ".join(one.id for one in plant.products) or "none"
            wrong = f"product: '{wish.product}' is not in the plant file; known are {known}"
        if wish.id in seen:
            wrong = f"id: '{wish.id}' occurs twice: rename one"
        seen.add(wish.id)
        counting = counting_machine(plant, wish.machine, wish.line)
        if wish.started_at is not None and not wrong:
            if counting in begun:
                wrong = f"started_at: '{begun[counting]}' runs on '{counting}' already: only one order can at a time"
            begun[counting] = wish.id
        if wrong:
            raise BadSetting(f"{path}: {number}.{wrong}")
    return wishes
