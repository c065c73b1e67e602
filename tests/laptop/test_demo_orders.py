"""The demo's orders are ones that mes takes, one for each line, written once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.load import load_plant
from laptop.demo_orders import write_orders
from mes.orders.file import load_orders

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def test_each_line_has_an_order_that_mes_takes(tmp_path: Path) -> None:
    plant = load_plant(Path("config/demo.yaml"))

    write_orders(tmp_path / "orders.yaml", plant, NOW)

    orders = load_orders(tmp_path / "orders.yaml", plant)
    assert [line.id for line in plant.lines] == [order.line for order in orders]
    assert all(order.started_at is not None and order.started_at < NOW < order.due_at for order in orders)


def test_a_second_start_keeps_the_first_ones_orders(tmp_path: Path) -> None:
    plant = load_plant(Path("config/demo.yaml"))
    write_orders(tmp_path / "orders.yaml", plant, NOW)
    before = (tmp_path / "orders.yaml").read_text()

    write_orders(tmp_path / "orders.yaml", plant, NOW + timedelta(days=1))

    assert before == (tmp_path / "orders.yaml").read_text()
