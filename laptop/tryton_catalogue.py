"""A small catalogue in an empty Tryton: company, products with their bills of material, stock, and mes as a user.

Run by the Python of Tryton's own environment: proteus and trytond are there and nowhere else.
"""

import datetime
import json
import os
import sys
from decimal import Decimal
from typing import Any

from proteus import Model, config
from trytond.modules.company.tests.tools import create_company

# Enough for every order that a demo makes.
BARS = 10_000_000.0


def main() -> None:
    """argv: configuration file, database, then JSON: products (number → name), orders (number → quantity), user.

    The user's password is in SHOPFLOOR_TRYTON_PASSWORD.
    """
    file, database, text = sys.argv[1:]
    asked = json.loads(text)
    config.set_trytond(f"sqlite:///{database}", config_file=file)
    create_company()
    [unit] = Model.get("product.uom").find([("name", "=", "Unit")])
    bar = _product(unit, "bar", "Steel bar", producible=False)
    products = {number: _product(unit, number, name, producible=True) for number, name in asked["products"].items()}
    for product in products.values():
        _bill(product, bar, unit)
    _stock(bar)
    _waste()
    for number, quantity in asked["orders"].items():
        _order(products[number], quantity)
    _user(asked["user"], os.environ["SHOPFLOOR_TRYTON_PASSWORD"])


def _product(unit: Any, number: str, name: str, *, producible: bool) -> Any:
    template = Model.get("product.template")()
    template.name, template.code, template.default_uom, template.type = name, number, unit, "goods"
    template.producible, template.list_price = producible, Decimal(5)
    template.products[0].cost_price = Decimal(1)
    template.save()
    return template.products[0]


def _bill(product: Any, bar: Any, unit: Any) -> None:
    bom = Model.get("production.bom")(name=product.name)
    for lines, one in ((bom.inputs, bar), (bom.outputs, product)):
        line = lines.new()
        line.product, line.quantity, line.unit = one, 1.0, unit
    bom.save()
    product.boms.append(Model.get("product.product-production.bom")(bom=bom))
    product.save()


def _stock(bar: Any) -> None:
    inventory = Model.get("stock.inventory")()
    [inventory.location] = Model.get("stock.location").find([("code", "=", "STO")])
    inventory.date = datetime.date.today() - datetime.timedelta(days=1)  # noqa: DTZ011  - Tryton's own days
    line = inventory.lines.new()
    line.product, line.quantity = bar, BARS
    inventory.click("confirm")


def _waste() -> None:
    """Where scrap goes: without such a place no scrap can be told to Tryton."""
    location = Model.get("stock.location")
    [lost] = location.find([("type", "=", "lost_found")])
    [warehouse] = location.find([("type", "=", "warehouse")])
    warehouse.waste_locations.append(lost)
    warehouse.save()


def _order(product: Any, quantity: float) -> None:
    """One that waits to be made, as a planner enters it: its bill of material is resolved."""
    production = Model.get("production")()
    production.planned_date = datetime.date.today() + datetime.timedelta(days=1)  # noqa: DTZ011  - as above
    production.product, production.bom, production.quantity = product, product.boms[0].bom, quantity
    production.click("wait")


def _user(name: str, password: str) -> None:
    """mes: a user of its own that may work with productions, and with nothing else but what they need."""
    [company] = Model.get("company.company").find()
    groups = Model.get("res.group").find([("name", "in", ["Production", "Stock Cancellation"])])
    user = Model.get("res.user")(name=name, login=name, password=password)
    user.companies.append(company)
    user.company = company
    user.groups.extend(groups)
    user.save()


if __name__ == "__main__":
    main()
