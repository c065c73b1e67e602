"""make bench: measures, prints a table with ratios first, writes bench.json. `run.py NAME` measures one."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.alerts import alert_latency
from tests.bench.backlog import backlog_drain_ratio
from tests.bench.collector import collector_write_ratio, frame_decode_rate
from tests.bench.end_to_end import end_to_end_rate, machines_growth
from tests.bench.feed import feed_rate
from tests.bench.figure import Figure
from tests.bench.idle import idle_cpu
from tests.bench.journal import journal_fsync_price
from tests.bench.kpis import kpi_growth, kpi_query
from tests.bench.machine import description, told
from tests.bench.modbus import modbus_ratio
from tests.bench.opcua import opcua_notifications
from tests.bench.orders import orders_20k
from tests.bench.peers import nodered_ratio, peer_ratio
from tests.bench.quantities import counts_by_order
from tests.bench.recompute import late_to_corrected, recompute_week
from tests.bench.schedule import polls_on_time
from tests.bench.screens import screens
from tests.bench.storage import database_bytes
from tests.bench.values import values_month
from tests.bench.wall import change_to_wall

BENCHES: tuple[Callable[[], list[Figure]], ...] = (
    collector_write_ratio,
    frame_decode_rate,
    modbus_ratio,
    peer_ratio,
    nodered_ratio,
    opcua_notifications,
    polls_on_time,
    change_to_wall,
    alert_latency,
    screens,
    end_to_end_rate,
    machines_growth,
    backlog_drain_ratio,
    journal_fsync_price,
    database_bytes,
    kpi_query,
    kpi_growth,
    values_month,
    recompute_week,
    feed_rate,
    orders_20k,
    counts_by_order,
    idle_cpu,
    late_to_corrected,
)


def main(wanted: list[str]) -> int:
    """Run the benches whose name begins a wanted name, all without one; 2 when there is none such."""
    chosen = [bench for bench in BENCHES if not wanted or any(name.startswith(bench.__name__) for name in wanted)]
    if not chosen:
        print(f"no bench {wanted[0]!r}: there are {', '.join(bench.__name__ for bench in BENCHES)}", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    machine = description()
    print(told(machine), flush=True)
    for bench in chosen:
        print(f"measuring {bench.__name__} …", flush=True)
        figures += bench()
    figures.sort(key=lambda figure: figure.unit != "ratio")
    for figure in figures:
        number = f"{figure.value:,.3f}" if figure.value < 100 else f"{figure.value:,.0f}"
        print(f"{figure.name:30} {number:>12} {figure.unit:16} aim {figure.aim or '-':8} {figure.against}")
    report = {"machine": machine, "figures": [figure.row() for figure in figures]}
    Path("bench.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
