"""OperationsSchedule → rows of orders, as the bulk import takes them; and its answer, told by the document. Pure."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from config.plant import Plant
from mes.erp.b2mml.xml_document import NAMESPACE, BadDocument, document_of, name_of, place_of, shortened, text_in
from mes.orders.models_bulk import BulkAnswer, RowAnswer
from mes.orders.order_table import WrongCell, instant_of
from mes.web.problems import Mistake, ProblemBody

# Whose numbers they are where the document does not say it by schemeID.
SYSTEM = "b2mml"
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PRODUCED = ("Produced", "Material Produced")
PLACES = ("ProductionLine", "WorkCenter", "WorkCell", "WorkUnit")
PARAMETERS = {"CustomerReference": "customer_reference", "Project": "project"}
# States of a request that ask for an order here; the others are told by commands.
WANTED = ("Released", "Waiting", "Ready")
NOT_WANTED = {
    "Forecast": "A forecast is no order yet: send it when it is to be made.",
    "Cancelled": "An order is cancelled by POST /api/v1/orders/{id}/cancel, not by a schedule.",
}
# What a request may say and an order here has no place for.
NOT_KEPT = ("Description", "Version", "StartTime", "EarliestStartTime")


@dataclass(frozen=True, slots=True)
class ScheduledOrder:
    """A request as a row, or what is wrong with it; and which element each key of the row was read from."""

    row: dict[str, Any] | WrongCell
    request: etree._Element
    read_from: Mapping[str, etree._Element]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as it is read here; `not_kept`: elements of its requests that an order has no place for."""

    id: str
    orders: Sequence[ScheduledOrder]
    not_kept: list[str]


def schedule_of(content: bytes, plant: Plant) -> Schedule:
    """What a document says; BadDocument where it is no valid schedule, or one for another site."""
    root = document_of(content, "OperationsSchedule")
    return Schedule(text_in(_one(root, "ID")), _orders(root, plant), _not_kept(root))


def _orders(root: etree._Element, plant: Plant) -> list[ScheduledOrder]:
    for level, scope in _scopes(root):
        if level == "Site" and text_in(scope) != plant.site.id:
            raise BadDocument((place_of(scope), _other_site(scope, plant)))
    return [_order(root, request, plant) for request in _all(root, "OperationsRequest")]


def _not_kept(root: etree._Element) -> list[str]:
    """They were checked, and that was all."""
    requests = _all(root, "OperationsRequest")
    found = {name for one in requests for name in NOT_KEPT if _first(one, f".//{name}") is not None}
    uses = {text_in(use) for use in root.iter(f"{{{NAMESPACE}}}MaterialUse")} - set(PRODUCED)
    return sorted(found | {f"MaterialRequirement ({use})" for use in uses})


def order_id_of(number: str, system: str | None) -> str:
    """The id of an order here: its number, after its system and "--" where that is said. What cannot stand in an id, or
    could be read in two ways, gives way to a hash: two numbers never share an id.
    """
    clear = "--" not in number if system is None else "--" not in system and not system.endswith("-")
    whole = number if system is None else f"{system}--{number}"
    if clear and PLAIN.fullmatch(whole):
        return whole
    digest = hashlib.sha256(f"{system or ''}\0{number}".encode()).hexdigest()[:16]
    letters = re.sub(r"[^A-Za-z0-9._-]+", "_", whole).strip("._-")[:40]
    return f"{letters}-{digest}" if letters else f"{SYSTEM}-{digest}"


def told_by_document(answer: BulkAnswer, orders: Sequence[ScheduledOrder]) -> list[RowAnswer]:
    """What became of the rows, with the elements and lines of the document as places."""
    return [_told(row, order) for row, order in zip(answer.rows, orders, strict=True)]


def _told(row: RowAnswer, order: ScheduledOrder) -> RowAnswer:
    if row.problem is None or not row.problem.errors:
        return row
    errors = [
        one
        if isinstance(order.row, WrongCell)
        else Mistake(place=place_of(order.read_from.get(one.place, order.request)), message=one.message)
        for one in row.problem.errors
    ]
    told = ProblemBody(
        **row.problem.model_dump(exclude={"errors", "detail"}),
        detail="; ".join(f"{one.place}: {one.message}" for one in errors),
        errors=errors,
    )
    return row.model_copy(update={"problem": told})


def _order(root: etree._Element, request: etree._Element, plant: Plant) -> ScheduledOrder:
    number = _one(request, "ID")
    system = number.get("schemeID")
    id_ = order_id_of(text_in(number), system)
    read_from: dict[str, etree._Element] = {"id": number, "external_number": number, "external_system": number}
    row: dict[str, Any] = {"id": id_}
    if system is not None or id_ != text_in(number):
        row |= {"external_system": system or SYSTEM, "external_number": text_in(number)}
    try:
        _need_wanted(request)
        for key, element, value in _fields(request, plant):
            row[key], read_from[key] = value, element
        row |= _place(root, request, plant, row["product"], read_from)
    except WrongCell as wrong:
        return ScheduledOrder(WrongCell(wrong.column, wrong.cure, id_), request, read_from)
    return ScheduledOrder(row, request, read_from)


def _fields(request: etree._Element, plant: Plant) -> Iterator[tuple[str, etree._Element, str]]:
    """Everything but the number and the place: key, the element it was read from, value."""
    requirement = _one(request, "SegmentRequirement")
    material = _produced(requirement)
    definition, quantity = _one(material, "MaterialDefinitionID"), _one(material, "Quantity")
    number = text_in(definition)
    known = next((one.id for one in plant.products if (one.erp_number or one.id) == number), number)
    yield "product", definition, known
    yield "quantity", _one(quantity, "QuantityString"), text_in(_one(quantity, "QuantityString"))
    unit = _first(quantity, "UnitOfMeasure")
    if unit is not None and text_in(unit):
        yield "unit", unit, text_in(unit)
    due = _first(requirement, "LatestEndTime")
    due = _first(request, "EndTime") if due is None else due
    if due is None:
        raise WrongCell(place_of(request), "Say when it is due: LatestEndTime of its segment, or its EndTime.")
    try:
        yield "due_at", due, instant_of(text_in(due), ZoneInfo(plant.site.zone))
    except WrongCell as wrong:
        raise WrongCell(place_of(due), wrong.cure) from wrong
    priority = _first(request, "Priority")
    if priority is not None:
        yield "priority", priority, text_in(priority)
    for parameter in _all(requirement, "SegmentParameter"):
        name, text = _one(parameter, "ID"), _one(_one(parameter, "Value"), "ValueString")
        if text_in(name) not in PARAMETERS:
            known_ones = " and ".join(PARAMETERS)
            raise WrongCell(place_of(name), f"'{shortened(text_in(name))}' is not read; {known_ones} are.")
        yield PARAMETERS[text_in(name)], text, text_in(text)


def _need_wanted(request: etree._Element) -> None:
    state = _first(request, "RequestState")
    if state is None or text_in(state) in WANTED:
        return
    said = text_in(state)
    cure = NOT_WANTED.get(said, f"How far an order is, is known here: leave '{said}' out.")
    raise WrongCell(place_of(state), cure)


def _produced(requirement: etree._Element) -> etree._Element:
    """The material that is to be made, with its quantity."""
    there = _all(requirement, "MaterialRequirement")
    produced = [one for one in there if text_in(_one(one, "MaterialUse")) in PRODUCED]
    if len(produced) != 1:
        cure = f"Give exactly one MaterialRequirement with MaterialUse Produced; there are {len(produced)}."
        raise WrongCell(place_of(requirement), cure)
    if _first(produced[0], "Quantity") is None:
        raise WrongCell(place_of(produced[0]), "Give the Quantity to make.")
    return produced[0]


def _place(
    root: etree._Element, request: etree._Element, plant: Plant, product: str, read_from: dict[str, etree._Element]
) -> dict[str, str]:
    """The machine or line: of the equipment asked for, else the innermost scope, else of the product; or none."""
    requirement = _one(request, "SegmentRequirement")
    found: etree._Element | None = None
    for level, scope in (*_scopes(root), *_scopes(request), *_scopes(requirement)):
        if level == "Site" and text_in(scope) != plant.site.id:
            raise WrongCell(place_of(scope), _other_site(scope, plant))
        found = scope if level in PLACES else found
    equipment = _first(requirement, "EquipmentRequirement")
    found = found if equipment is None else _one(equipment, "EquipmentID")
    made_at = next((one.made_at for one in plant.products if one.id == product), None)
    name = made_at if found is None else text_in(found)
    if name is None:
        return {}
    lines, machines = [one.id for one in plant.lines], [one.id for one in plant.machines]
    if found is not None and name not in (*lines, *machines):
        known = ", ".join((*lines, *machines))
        raise WrongCell(place_of(found), f"'{shortened(name)}' is no line or machine of the plant; known are {known}")
    key = "line" if name in lines else "machine"
    if found is not None:
        read_from[key] = found
    return {key: name}


def _scopes(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The level and the equipment of its scope, from the outer to the inner."""
    scope = _first(element, "HierarchyScope")
    while scope is not None:
        yield text_in(_one(scope, "EquipmentLevel")), _one(scope, "EquipmentID")
        scope = _first(scope, "HierarchyScopeChild")


def _other_site(scope: etree._Element, plant: Plant) -> str:
    return f"This is for the site '{shortened(text_in(scope))}'; here is '{plant.site.id}'."


def _all(element: etree._Element, name: str) -> list[etree._Element]:
    return list(element.findall(f"{{{NAMESPACE}}}{name}"))


def _first(element: etree._Element, path: str) -> etree._Element | None:
    begin, _, name = path.rpartition("/")
    return element.find(f"{begin}/{{{NAMESPACE}}}{name}" if begin else f"{{{NAMESPACE}}}{name}")


def _one(element: etree._Element, name: str) -> etree._Element:
    """A child that the subset wants there."""
    found = _first(element, name)
    assert found is not None, name_of(element)  # noqa: S101  - the document was found valid before
    return found
