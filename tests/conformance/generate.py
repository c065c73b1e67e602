"""Writes tests/conformance/vectors: `python tests/conformance/generate.py`. Needs nothing of the engine."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.conformance.by_hand import clocks, counters, edges
from tests.conformance.published import examples
from tests.conformance.reports import reports
from tests.conformance.searched import all_searched
from tests.conformance.verified import expected

FOLDER = Path(__file__).parent / "vectors"


def files():
    """File name → its vectors, complete with what is expected."""
    found = {
        "clock.json": list(clocks()),
        "corners.json": list(edges()),
        "counters.json": list(counters()),
        "literature.json": list(examples()),
    }
    for one in (*all_searched(), *all_searched(reports())):
        name = f"searched-{one['policy']['name']}.json"
        found.setdefault(name, []).append(one | {"expect": expected(one)})
    return found


def text(vectors):
    """One vector a line, so that a change shows where it is."""
    return "[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in vectors) + "\n]\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, vectors in files().items():
        (FOLDER / name).write_text(text(vectors), encoding="utf-8")
        print(f"{len(vectors):4} {name}")
