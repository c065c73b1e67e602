"""What is read of Tryton: productions with their moves, checked before anything relies on it. Pure."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

PRODUCTION = [
    *("number", "reference", "state", "quantity", "planned_date", "planned_start_date", "inputs", "outputs"),
    *("product", "product.code", "unit", "unit.symbol", "bom", "location", "company", "company.currency", "_timestamp"),
    *("warehouse", "warehouse.storage_location", "warehouse.production_output_location"),
]
MOVE = ["product", "quantity", "unit", "state", "to_location", "to_location.type", "from_location"]
# Own key: which confirmation of the order was written last. What people have written before it stays.
KEY = re.compile(r"(?:^|\s)shopfloor:(\d{1,9})$")


def _date(given: Any) -> Any:
    return date(given["year"], given["month"], given["day"]) if isinstance(given, dict) else given


def _exact(given: Any) -> Any:
    """A float of Tryton is the shortest decimal number that it was written as."""
    return Decimal(str(given)) if isinstance(given, float | int) and not isinstance(given, bool) else given


Day = Annotated[date | None, BeforeValidator(_date)]
Exact = Annotated[Decimal, BeforeValidator(_exact)]


class Record(BaseModel):
    """What is not asked for is not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    id: int


class Named(BaseModel):
    """Of a record that another one names."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    code: str | None = None
    symbol: str | None = None
    type: str | None = None
    currency: int | None = None
    storage_location: int | None = None
    production_output_location: int | None = None


class Move(Record):
    """So much of a product from one place to another."""

    product: int
    quantity: Exact
    unit: int
    state: str
    from_location: int
    to_location: int
    to: Named = Field(alias="to_location.")

    @property
    def scrap(self) -> bool:
        """Whether it leads to where waste goes."""
        return self.to.type == "lost_found"


class Production(Record):
    """An order of Tryton."""

    number: str | None = None
    reference: str | None = None
    state: str
    quantity: Exact | None = None
    planned_date: Day = None
    planned_start_date: Day = None
    inputs: list[int]
    outputs: list[int]
    product: int | None = None
    product_of: Named | None = Field(None, alias="product.")
    unit: int | None = None
    unit_of: Named | None = Field(None, alias="unit.")
    bom: int | None = None
    location: int
    warehouse: int
    company: int
    company_of: Named = Field(alias="company.")
    warehouse_of: Named = Field(alias="warehouse.")
    timestamp: str = Field("", alias="_timestamp")

    @property
    def stock(self) -> int | None:
        """Where good parts go."""
        return self.warehouse_of.production_output_location or self.warehouse_of.storage_location

    @property
    def key(self) -> int:
        """The confirmation that was written last; 0 where none was."""
        found = KEY.search(self.reference or "")
        return int(found[1]) if found else 0

    def with_key(self, key: int) -> str:
        """The reference with another key."""
        return f"{KEY.sub('', self.reference or '')} shopfloor:{key}".strip()
