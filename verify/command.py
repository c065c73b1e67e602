"""A file → verified, differs, or no receipt; each as text and an exit code."""

import json
from pathlib import Path

from verify.frames import check_frames
from verify.law import Differs, NotAReceipt
from verify.receipt import verify

VERIFIED, DIFFERS, NONE = 0, 1, 2


def run(path: Path, frames: Path | None = None) -> tuple[int, str]:
    """Exit code and what to print."""
    try:
        receipt = json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        return NONE, f"{path}: {err.strerror}: give the file that GET /api/v1/kpis/{{id}}/explain answered"
    except ValueError as err:
        return NONE, f"{path}: no JSON ({err}): {NotAReceipt.__doc__}"
    try:
        unchecked = verify(receipt)
        lines = check_frames(receipt, frames) if frames else [f"{len(receipt['frames'])} frames: give --frames FOLDER"]
    except Differs as err:
        return DIFFERS, f"{path}: differs 不符\n{err}"
    except NotAReceipt as err:
        return NONE, f"{path}: {err}"
    facts = sum(len(m["states"]) + sum(map(len, m["steps"].values())) for m in receipt["machines"])
    told = [
        f"{kpi['name']} = {kpi['value'] if kpi['undefined'] is None else kpi['undefined']}" for kpi in receipt["kpis"]
    ]
    said = [f"{path}: verified 已验证: {facts} facts of {receipt['equipment']} give", *(f"  {line}" for line in told)]
    if frames:
        said += [f"frames: {lines[0]}"]
        lines = lines[1:]
    return VERIFIED, "\n".join([*said, *(f"not checked: {line}" for line in [*unchecked, *lines])])
