"""What a detector has learned ↔ bytes, so that a restart costs nothing. Pure."""

import io
import json

import numpy as np
from numpy.typing import NDArray

from alerts.detectors.anomaly import Anomalies

VERSION = 1
PLAIN = ("count", "mean", "variance", "between", "scale", "recent", "outside")


def to_bytes(made: Anomalies) -> bytes:
    """At the end of a block: what has begun since is not in it."""
    arrays: dict[str, NDArray[np.generic]] = {name: np.asarray(getattr(made, name)) for name in PLAIN}
    arrays |= {"windows.sums": made.windows.sums, "windows.products": made.windows.products}
    arrays |= {"cusum.sums": made.cusum.sums, "cusum.since_us": made.cusum.since_us}
    blocks = made.blocks
    arrays |= {"highs": blocks.highs, "lows": blocks.lows, "scores": blocks.scores, "ends_us": blocks.ends_us}
    arrays |= {"means": blocks.means, "days": np.array(list(made.day.days.values())).astype(np.float32)}
    arrays["held"] = made.held[1] if made.held else np.zeros((0, made.tags))
    arrays["products"] = np.array(list(made.reference.means.values())).reshape(-1, made.tags)
    plain = {
        "version": VERSION,
        "windows.count": made.windows.count,
        "seen": blocks.seen,
        "days": list(made.day.days),
        "held": made.held[0] if made.held else None,
        "products": list(made.reference.means),
        "open": [made.open, made.open_cells, made.settling],
    }
    arrays["plain"] = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # its further names are arrays too
    return out.getvalue()


def take_in(made: Anomalies, kept: bytes) -> bool:
    """Into a new detector; False, and it stays new, when this was kept of other tags or by another version."""
    with np.load(io.BytesIO(kept), allow_pickle=False) as arrays:
        plain = json.loads(arrays["plain"].tobytes())
        if plain["version"] != VERSION or arrays["mean"].shape != (made.tags,):
            return False
        for name in PLAIN:
            setattr(made, name, float(arrays[name]) if name == "count" else arrays[name])
        made.windows.count = plain["windows.count"]
        made.windows.sums, made.windows.products = arrays["windows.sums"], arrays["windows.products"]
        made.cusum.sums, made.cusum.since_us = arrays["cusum.sums"], arrays["cusum.since_us"]
        blocks = made.blocks
        blocks.highs, blocks.lows, blocks.scores = arrays["highs"], arrays["lows"], arrays["scores"]
        blocks.ends_us, blocks.means, blocks.seen = arrays["ends_us"], arrays["means"], plain["seen"]
        days = arrays["days"].astype(float)
        made.day.days = {day: (low, high) for day, (low, high) in zip(plain["days"], days, strict=True)}
        made.held = None if plain["held"] is None else (plain["held"], arrays["held"])
        made.reference.means = dict(zip(plain["products"], arrays["products"], strict=True))
        made.open, made.open_cells, made.settling = plain["open"]
    made.day.sum_up()
    made.windows.fit(made.scale)
    made.set_limits()
    return True
