"""From a cause to its message: a plant of 10,000 tags at 1 Hz and 1,000 rules, the real service, its database, HTTP."""

import random
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import yaml

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic
from laptop.ports import free_port
from tests.alerts.receivers import HttpReceiver
from tests.alerts.test_service import Alerts
from tests.bench.database import database
from tests.bench.figure import Figure
from tests.bench.usage import usage
from tests.support.frames import frame_of

MACHINES, TAGS_EACH, RULES_EACH = 100, 100, 10
SIZES = (25, 50, 100)  # machines: a quarter, half and all of the plant, rules and tags in step
WARM_S, MEASURED_S, LEFT_S = 8, 60, 4.0
# One a round: what a line raises in the same round goes in one message.
LIMIT = 100.0


@dataclass(frozen=True, slots=True)
class Run:
    """One plant: seconds from each cause to its message, causes without one, and what alerts took of a core."""

    lags: list[float]
    missed: int
    cpu: float


def alert_latency() -> list[Figure]:
    """Cause to message, and how the cost grows with rules and tags."""
    runs = {machines: measured(machines) for machines in SIZES}
    whole = runs[MACHINES]
    rules, tags = MACHINES * RULES_EACH, MACHINES * TAGS_EACH
    against = f"{rules} rules on {tags} tags at 1 Hz, {len(whole.lags)} causes, {whole.missed} without a message"
    grown = whole.cpu / runs[SIZES[0]].cpu / (MACHINES / SIZES[0])
    cpus = ", ".join(f"{machines * RULES_EACH}: {run.cpu:.3f}" for machines, run in runs.items())
    return [
        Figure("alert_latency_p50", float(np.quantile(whole.lags, 0.5)), "s", against),
        Figure("alert_latency_p99", float(np.quantile(whole.lags, 0.99)), "s", against, "≤ 2"),
        Figure("alert_cpu", whole.cpu, "of one core", f"by rules: {cpus}"),
        Figure("alert_cost_growth", grown, "times linear", f"{SIZES[0]} to {MACHINES} machines", "≤ 1"),
    ]


def measured(machines: int) -> Run:
    """The service on a plant of so many machines, while all tags are written each second."""
    receiver = HttpReceiver(free_port())
    receiver.start()
    with tempfile.TemporaryDirectory() as folder, database() as url:
        plant = Path(folder) / "plant.yaml"
        plant.write_text(_plant(machines), encoding="utf-8")
        environment = {"SHOPFLOOR_PLANT": str(plant), "SHOPFLOOR_DATABASE": url}
        alerts = Alerts(Path(folder), environment | {"CHAT": f"http://127.0.0.1:{receiver.port}/"})
        process = alerts.start()
        try:
            caused, cpu = _written(url, machines, lambda: usage(process.pid).cpu_s)
            time.sleep(LEFT_S)
        finally:
            alerts.end(signal.SIGTERM)
            receiver.stop()
    told: dict[str, float] = {}
    for post in receiver.posts:
        document = post.document
        for one in document.get("messages", [document]):
            told.setdefault(f"{one['machine']}/{one['rule']}", post.at)
    lags = [told[key] - at for key, at in caused.items() if key in told]
    return Run(lags, len(caused) - len(lags), cpu / MEASURED_S)


def _written(url: str, machines: int, cpu_s: Callable[[], float]) -> tuple[dict[str, float], float]:
    """Every second a frame of each machine with all its tags; when each cause was committed, and the CPU meanwhile."""
    dice, writer = random.Random(1), Writer(url, "bench")
    caused: dict[str, float] = {}
    free = [(m, r) for m in range(machines) for r in range(RULES_EACH)]
    dice.shuffle(free)
    beyond: set[tuple[int, int]] = set()

    def value(machine: int, tag: int) -> float:
        return LIMIT * 2 if (machine, tag) in beyond else LIMIT / 2

    begun, before = time.monotonic(), 0.0
    for second in range(WARM_S + MEASURED_S):
        if second == WARM_S:
            before = cpu_s()
        new = [free.pop()] if free and second >= WARM_S else []
        beyond |= set(new)
        now = to_us(datetime.now(UTC))
        messages = []
        for machine in range(machines):
            made = [
                Sample(f"m-{machine}", f"t-{tag}", now, now, value(machine, tag), Quality.GOOD)
                for tag in range(TAGS_EACH)
            ]
            frame = frame_of(f"edge-{machine}", 1, second + 1, made)
            messages.append(Message(frame_topic("bench", f"edge-{machine}"), encode(frame)))
        writer.write(messages)
        at = time.monotonic()
        caused |= {f"m-{machine}/r-{machine}-{tag}": at for machine, tag in new}
        time.sleep(max(0.0, begun + second + 1 - time.monotonic()))
    used = cpu_s() - before
    writer.close()
    return caused, used


def _plant(machines: int) -> str:
    """A line of machines, each behind a PLC and an edge agent of its own, with a rule for each of its first tags."""
    tags = [{"name": f"t-{t}", "register": 2 * t, "type": "float32"} for t in range(TAGS_EACH)]
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    shift = {"id": "all", "name": "All", "days": every_day, "starts": "00:00", "ends": "00:00"}
    ids = range(machines)
    plant = {
        "site": {"id": "bench", "name": "Bench", "zone": "UTC", "shifts": [shift]},
        "devices": [{"id": f"plc-{m}", "edge": f"edge-{m}", "protocol": "modbus", "host": "127.0.0.1"} for m in ids],
        "lines": [
            {
                "id": "l-1",
                "name": "Line",
                "machines": [
                    {"id": f"m-{m}", "name": f"M {m}", "device": f"plc-{m}", "ideal_cycle": "1s", "tags": tags}
                    for m in ids
                ],
            }
        ],
        "channels": [{"id": "chat", "kind": "webhook", "url_env": "CHAT", "rate": "6000/min"}],
        "rules": [
            {"id": f"r-{m}-{t}", "kind": "threshold", "tag": f"t-{t}", "above": LIMIT, "machines": [f"m-{m}"]}
            | {"priority": "high", "notify": ["chat"]}
            for m in ids
            for t in range(RULES_EACH)
        ],
    }
    return yaml.safe_dump(plant, sort_keys=False)
