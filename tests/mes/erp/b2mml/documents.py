"""Schedules as an ERP sends them."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://www.mesa.org/xml/B2MML"


def material(number: str, use: str = "Produced", quantity: str = "200", unit: str | None = "C62") -> str:
    of = "" if unit is None else f"<UnitOfMeasure>{escape(unit)}</UnitOfMeasure>"
    return (
        f"<MaterialRequirement><ID>{escape(number)}</ID><MaterialDefinitionID>{escape(number)}</MaterialDefinitionID>"
        f"<MaterialUse>{use}</MaterialUse>"
        f"<Quantity><QuantityString>{escape(quantity)}</QuantityString>{of}</Quantity></MaterialRequirement>"
    )


def request(
    id_: str = "WO-1",
    *,
    product: str = "part",
    quantity: str = "200",
    unit: str | None = "C62",
    due: str | None = "2027-01-31T14:00:00Z",
    equipment: str | None = "line-1",
    scheme: str | None = None,
    head: str = "",
    segment: str = "",
    parameters: str = "",
    more: str = "",
) -> str:
    """A request; `head` stands before its segment, `segment` before its process, `more` after the material."""
    system = "" if scheme is None else f" schemeID={quoteattr(scheme)}"
    latest = "" if due is None else f"<LatestEndTime>{due}</LatestEndTime>"
    at = "" if equipment is None else f"<ID>at</ID><EquipmentID>{escape(equipment)}</EquipmentID>"
    where = at and f"<EquipmentRequirement>{at}</EquipmentRequirement>"
    return (
        f"<OperationsRequest>\n<ID{system}>{escape(id_)}</ID>{head}\n<SegmentRequirement><ID>1</ID>{latest}{segment}"
        "<ProcessSegmentID>make</ProcessSegmentID><OperationsDefinitionID>make</OperationsDefinitionID>"
        f"<OperationsSegmentID>make</OperationsSegmentID>{parameters}{where}\n"
        f"{material(product, quantity=quantity, unit=unit)}{more}</SegmentRequirement>\n</OperationsRequest>\n"
    )


def schedule(*requests: str, head: str = "", start: str = '<?xml version="1.0" encoding="UTF-8"?>\n') -> bytes:
    body = "".join(requests or (request(),))
    return (
        f'{start}<OperationsSchedule xmlns="{NAMESPACE}">\n<ID>2027-W05</ID>{head}\n{body}</OperationsSchedule>\n'
    ).encode()


def rows(orders: Any) -> list[Any]:
    return [one.row for one in orders]
