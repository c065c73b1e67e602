"""A plant of 48 machines with rules that follow from each other."""

from config.load import parse_plant
from config.plant import Plant

RULES = """
rules:
  - {id: stands, kind: stopped, longer_than: 1min, priority: medium, notify: [chat]}
  - {id: silent, kind: no_data, longer_than: 1min, priority: high, notify: [chat]}
  - {id: hot, kind: threshold, tag: temperature, above: 60, notify: [chat]}
  - {id: cooling, kind: threshold, tag: pressure, below: 1, machines: [m-1-1], priority: high, notify: [chat]}
  - {id: too-warm, kind: threshold, tag: temperature, above: 50, suppressed_by: [cooling], notify: [chat]}
channels: [{id: chat, kind: webhook, url_env: CHAT}]
"""


def plant_of_48() -> Plant:
    """Six lines of eight machines, each line behind a PLC of its own, three lines an edge agent."""
    lines = [
        "site: {id: plant, name: Plant, zone: UTC, shifts: [{id: all, name: All, "
        "days: [mon, tue, wed, thu, fri, sat, sun], starts: 00:00, ends: 00:00}]}",
        "devices:",
    ]
    lines += [f"  - {{id: plc-{n}, edge: edge-{1 + n // 4}, protocol: modbus, host: 127.0.0.1}}" for n in range(1, 7)]
    lines += ["lines:"]
    for n in range(1, 7):
        lines += [f"  - id: line-{n}", f"    name: Line {n}", "    machines:"]
        for m in range(1, 9):
            lines += [
                f"      - id: m-{n}-{m}",
                f"        name: Machine {n}-{m}",
                f"        device: plc-{n}",
                "        ideal_cycle: 1s",
                "        tags:",
                f"          - {{name: state, role: state, register: {10 * m}, states: {{1: running, 5: down}}}}",
                f"          - {{name: temperature, register: {10 * m + 1}, type: float32}}",
                f"          - {{name: pressure, register: {10 * m + 3}, type: float32}}",
            ]
    return parse_plant("\n".join(lines) + RULES)
