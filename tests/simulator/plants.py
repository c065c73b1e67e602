"""Plants for the simulator's tests: the demo with free ports, and one with every oddity of tags."""

from collections.abc import Callable
from pathlib import Path

import yaml

from config.load import load_plant, parse_plant
from config.plant import Plant

DEMO = load_plant(Path("config/demo.yaml"))

ODD = """
site:
  id: lab
  name: {{en: Lab, zh: 实验室}}
  zone: UTC
  shifts: [{{id: all, name: {{en: All, zh: 全天}}, days: [mon], starts: 00:00, ends: 00:00}}]
devices:
  - {{id: one, edge: edge-1, protocol: modbus, host: 127.0.0.1, port: {modbus}, unit: 1, byte_order: little}}
  - {{id: two, edge: edge-1, protocol: modbus, host: 127.0.0.1, port: {modbus}, unit: 7, word_order: little}}
  - {{id: three, edge: edge-1, protocol: opcua, url: 'opc.tcp://127.0.0.1:{opcua}/plc'}}
lines:
  - id: odd
    name: {{en: Odd, zh: 杂}}
    machines:
      - id: a
        name: {{en: A, zh: 甲}}
        device: one
        ideal_cycle: 300ms
        tags:
          - {{name: state, role: state, register: 17, table: input, states: {{2: stopped, 5: running}}}}
          - {{name: good, role: good_count, register: 100, type: uint64, wraps_at: 1000}}
          - {{name: rejects, role: scrap_count, register: 104, type: float32}}
          - {{name: door, register: 19, table: coil, type: bool}}
      - id: b
        name: {{en: B, zh: 乙}}
        device: two
        ideal_cycle: 300ms
        tags:
          - {{name: total, role: total_count, register: 100, type: int32}}
          - {{name: torque, register: 110, type: float64, unit: Nm, scale: 2, offset: 10}}
          - {{name: lamp, register: 3, table: discrete, type: bool}}
      - id: c
        name: {{en: C, zh: 丙}}
        device: three
        ideal_cycle: 300ms
        tags:
          - {{name: state, role: state, node: ns=4;s=C.State, type: int16, states: {{0: stopped, 1: running, 9: down}}}}
          - {{name: total, role: total_count, node: 'nsu=urn:maker:plc;i=77', type: int64}}
          - {{name: open, node: 'nsu=urn:maker:plc;s=C.Open', type: bool}}
"""


def odd_plant(free_port: Callable[[], int]) -> Plant:
    """Three machines whose tags use every table, odd types, both orders, two units at one port."""
    return parse_plant(ODD.format(modbus=free_port(), opcua=free_port()))


def demo_plant(free_port: Callable[[], int]) -> Plant:
    """The demo's plant at free ports, with short cycles."""
    return parse_plant(demo_text(free_port))


def demo_text(free_port: Callable[[], int], cycle: str = "300ms") -> str:
    """The plant file of demo_plant."""
    document = yaml.load(Path("config/demo.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    for device in document["devices"]:
        if "port" in device:
            device["port"] = free_port()
        else:
            device["url"] = f"opc.tcp://127.0.0.1:{free_port()}"
    for product in document["products"]:
        product.pop("ideal_cycle", None)
    for line in document["lines"]:
        for machine in line["machines"]:
            machine["ideal_cycle"] = cycle
    return yaml.safe_dump(document, allow_unicode=True)
