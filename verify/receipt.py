"""A receipt → is it so? For auditors: plain integers and fractions, the standard library, none of the engine's code."""

import hashlib
import json
from collections import Counter
from typing import Any

from verify.kpis import bounds, formula
from verify.law import NotAReceipt, need, same
from verify.machine import Machine

TOP = ("receipt", "equipment", "from", "to", "as_of", "left_out", "kpis", "policy", "planned", "scheduled",
       "planned_scrap_ppm", "elements", "machines", "frames", "sha256")  # fmt: skip

Row = dict[str, Any]


def verify(r: Any) -> list[str]:
    """What was not checked, as lines; Differs at the first line that is wrong, NotAReceipt where it is none."""
    if not isinstance(r, dict) or r.get("receipt") != 1 or set(r) != set(TOP):
        raise NotAReceipt("$: not a receipt of format 1: " + str(NotAReceipt.__doc__))
    try:
        return _verify(r)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError, OverflowError) as err:
        raise NotAReceipt(f"a part is missing or of another kind ({err!r}): {NotAReceipt.__doc__}") from err


def _verify(r: Row) -> list[str]:
    policy = r["policy"]
    text = json.dumps(policy["content"], sort_keys=True, separators=(",", ":"))
    same("policy.hash", policy["hash"], hashlib.sha256(text.encode()).hexdigest()[:16])
    need("to", r["from"] < r["to"], "the window has no length")
    for name in ("planned", "scheduled"):
        edges = [edge for span in r[name] for edge in span]
        inside = all(len(span) == 2 for span in r[name]) and edges == sorted(set(edges))
        need(name, inside and all(r["from"] <= e <= r["to"] for e in edges), "spans in the window, apart, in order")
    total: Counter[str] = Counter()
    unchecked: Counter[str] = Counter()
    for n, part in enumerate(r["machines"]):
        found = Machine(r, part, f"machines.{n}", unchecked).elements()
        for name, said in part["elements"].items():
            same(f"machines.{n}.elements.{name}", said, found[name])
        need(f"machines.{n}.elements", not set(found) - set(part["elements"]), "an element is missing")
        total.update(found)
    for name, said in r["elements"].items():
        same(f"elements.{name}", said, total[name])
    need("elements", not set(total) - set(r["elements"]), "an element is missing")
    for n, kpi in enumerate(r["kpis"]):
        check_kpi(f"kpis.{n}", kpi, total, policy["content"]["failure_divisor"])
    rest = {name: value for name, value in r.items() if name != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    same("sha256", r["sha256"], hashlib.sha256(text.encode()).hexdigest())
    return [f"{count} {what}" for what, count in unchecked.items() if count]


def check_kpi(place: str, kpi: Row, e: Counter[str], divisor: str) -> None:
    """Value, bounds, formula and its numbers, or why there is no value."""
    f = formula(kpi["name"], divisor)
    value, low, high, undefined, numbers = bounds(e, f)
    same(f"{place}.symbols", kpi["symbols"], f.symbols + " x RUN / HEARD" * bool(f.by_time and e["running_uncounted"]))
    same(f"{place}.unit", kpi["unit"], f.unit)
    same(f"{place}.numbers", kpi["numbers"], numbers)
    same(f"{place}.undefined", kpi["undefined"], undefined)
    for side, number in (("value", value), ("low", low), ("high", high)):
        exact = None if number is None else [number.numerator, number.denominator]
        same(f"{place}.exact.{side}", kpi["exact"][side], exact)
        same(f"{place}.{side}", kpi[side], None if number is None else float(number))
