"""A plant with a press that tells its product, and inspection plans for it, for the tests of quality."""

from typing import Any

import httpx
import psycopg

from config.load import parse_plant
from config.plant import Plant
from contract.sample import State, from_us
from tests.mes.screens.lines import MACHINE, PLANT

PRODUCT_TAG = "          - {name: product, role: product, register: 70, products: {1: part, 2: slow-part}}\n"
PROBE_TAG = "          - {name: probe, register: 71}\n"


def plant() -> Plant:
    """press-1 tells its product and has a probe; press-2 does not tell it; the saw of line 2 only counts."""
    machines = MACHINE.format(n=1) + PRODUCT_TAG + PROBE_TAG + MACHINE.format(n=2)
    return parse_plant(PLANT.format(machines=machines, zone="UTC"))


TORQUE = {
    "name": "Torque",
    "unit": "N·m",
    "chart": "xbar_r",
    "subgroup_size": 3,
    "nominal": "2.4",
    "lsl": "2.0",
    "usl": "2.8",
}
BURRS = {"name": "Burrs", "chart": "p", "subgroup_size": 50, "accept": 1}
READ = {"tag": "probe", "tag_every_s": 60}
PLAN = {
    "name": "In-process",
    "product": "part",
    "machine": "press-1",
    "trigger": "every_n",
    "every_parts": 50,
    "characteristics": [TORQUE, BURRS],
}


async def released(http: httpx.AsyncClient, **other: object) -> dict[str, Any]:
    """A plan that is followed."""
    made = await http.post("/api/v1/inspection-plans", json={k: v for k, v in (PLAN | other).items() if v is not None})
    assert made.status_code == 201, made.text
    found = await http.post(f"/api/v1/inspection-plans/{made.json()['id']}/release")
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


def torque(plan: dict[str, Any], *values: str | None) -> list[dict[str, Any]]:
    """Results of the torque in the order of their subgroups; None is missing."""
    id_ = plan["characteristics"][0]["id"]
    return [{"characteristic": id_, "piece": n, "value": v} for n, v in enumerate(values, start=1) if v is not None]


def burrs(plan: dict[str, Any], nonconforming: int, of: int = 50) -> dict[str, Any]:
    """The result of counting burrs."""
    return {"characteristic": plan["characteristics"][1]["id"], "nonconforming": nonconforming, "of": of}


def since(database: str, plan: dict[str, Any], at_us: int) -> None:
    """Let the plan have been released at an instant: no test waits for hours."""
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE inspection_plan SET released_at = %s WHERE id = %s", (from_us(at_us), plan["id"]))


def makes(database: str, machine: str, at_us: int, product: str | None = "part") -> None:
    """The machine runs, and tells its product, from an instant on."""
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO state_change (machine, at, state) VALUES (%s, %s, %s)",
            (machine, from_us(at_us), int(State.RUNNING)),
        )
        if machine == "press-1":
            conn.execute(
                "INSERT INTO product_change (machine, at, product) VALUES (%s, %s, %s)",
                (machine, from_us(at_us), product),
            )
