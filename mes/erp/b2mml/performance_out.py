"""Confirmations, as they were told → OperationsPerformance. What is not known is left out. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from lxml import etree

from config.plant import Plant
from mes.erp.b2mml.schedule_in import SYSTEM
from mes.erp.b2mml.xml_document import NAMESPACE
from mes.orders.operation_states import Condition, State, Substate, of_order
from mes.orders.wish import has_counter
from mes.web.quantity import plain

# States of OPC 10031-4 in the words of ISA-95.
STATES = {
    (State.NOT_ALLOWED_TO_START, Substate.NONE): "Waiting",
    (State.ALLOWED_TO_START, Substate.NONE): "Ready",
    (State.RUNNING, Substate.NONE): "Running",
    (State.INTERRUPTED, Substate.HELD): "Held",
    (State.INTERRUPTED, Substate.SUSPENDED): "Suspended",
    (State.ENDED, Substate.COMPLETED): "Completed",
    (State.ENDED, Substate.CLOSED): "Closed",
    (State.ABORTED, Substate.NONE): "Aborted",
}
SECOND = "SEC"
MICROSECONDS = Decimal(1_000_000)
# What a text may hold and XML may not.
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class SegmentConfirmation:
    """A confirmation with the operation that it is of; amounts of a reversal are below 0."""

    order: str
    operation: UUID
    step: int
    machine: str | None
    line: str | None
    state: str
    substate: str
    begun_at: datetime | None
    ended_at: datetime | None
    reported: bool
    number: int
    kind: str
    good: Decimal
    scrap: Mapping[str, str]
    rework: Decimal
    setup_us: int
    run_us: int
    labour_us: int
    production_day: date
    as_of: datetime
    reverses: int | None
    reason: str
    person: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class MadeOrder:
    """An order of which something was told; conditions are (state, substate) of its operations."""

    id: str
    external_system: str | None
    external_number: str | None
    product: str
    unit: str
    conditions: Sequence[Sequence[str]]
    begun_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the document is about: an order, or a span of time in which was told; and when it was asked for."""

    at: datetime
    order: str | None = None
    span: tuple[datetime, datetime] | None = None


def performance(
    plant: Plant, asked: Asked, orders: Mapping[str, MadeOrder], confirmations: Sequence[SegmentConfirmation]
) -> bytes | None:
    """The document; None where nothing was told, of which B2MML has no document."""
    if not confirmations:
        return None
    root = etree.Element(f"{{{NAMESPACE}}}OperationsPerformance", nsmap={None: NAMESPACE})
    spoken = asked.order or "/".join(_time(at) for at in asked.span or ())
    _add(root, "ID", f"{plant.site.id}/{spoken}")
    _add(root, "PublishedDate", _time(asked.at))
    for name, at in zip(("StartTime", "Endtime"), asked.span or (), strict=False):
        _add(root, name, _time(at))
    scope = _add(root, "HierarchyScope")
    _add(scope, "EquipmentID", plant.site.id)
    _add(scope, "EquipmentLevel", "Site")
    _add(root, "OperationsType", "Production")
    if asked.order is not None:
        _add(root, "PerformanceState", _state_of(orders[asked.order]))
    in_order = sorted(confirmations, key=lambda one: (one.order, one.step, str(one.operation), one.number))
    for id_, told in groupby(in_order, key=lambda one: one.order):
        _response(root, plant, orders[id_], told)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _response(root: etree._Element, plant: Plant, order: MadeOrder, told: Iterator[SegmentConfirmation]) -> None:
    response = _add(root, "OperationsResponse")
    _add(response, "ID", order.id)
    _times(response, ("StartTime", order.begun_at), ("EndTime", order.ended_at))
    request = _add(response, "OperationsRequestID", order.external_number or order.id)
    if order.external_system not in (None, SYSTEM):
        request.set("schemeID", _xml(order.external_system or ""))
    _add(response, "ResponseState", _state_of(order))
    for confirmation in told:
        _segment(response, plant, order, confirmation)


def _segment(response: etree._Element, plant: Plant, order: MadeOrder, confirmation: SegmentConfirmation) -> None:
    """A confirmation. The begin of its operation is what is known now; its end is told by the final one."""
    segment = _add(response, "SegmentResponse")
    _add(segment, "ID", _id(confirmation, confirmation.number))
    _add(segment, "PostingDate", _time(confirmation.at))
    ended = confirmation.ended_at if confirmation.kind == "final" else None
    _times(segment, ("ActualStartTime", confirmation.begun_at), ("ActualEndTime", ended))
    _add(segment, "ProcessSegmentID", str(confirmation.step))
    _add(segment, "SegmentState", STATES[State(confirmation.state), Substate(confirmation.substate)])
    _datum(segment, "SegmentData", "Kind", confirmation.kind)
    if confirmation.reverses is not None:
        _datum(segment, "SegmentData", "Reverses", _id(confirmation, confirmation.reverses))
    _datum(segment, "SegmentData", "ProductionDay", confirmation.production_day.isoformat(), "date")
    _datum(segment, "SegmentData", "AsOf", _time(confirmation.as_of), "dateTime")
    if confirmation.reason.strip():
        _datum(segment, "SegmentData", "Reason", confirmation.reason)
    _people(segment, confirmation)
    counter = has_counter(plant, confirmation.machine, confirmation.line)
    _equipment(segment, confirmation, counter)
    _materials(segment, plant, order, confirmation, counted=counter or confirmation.reported)


def _people(segment: etree._Element, confirmation: SegmentConfirmation) -> None:
    if confirmation.person is not None:
        person = _add(segment, "PersonnelActual")
        _add(person, "ID", "confirmed-by")
        _add(person, "PersonID", confirmation.person)
        _add(person, "PersonnelUse", "Confirmation")
    # Whose work it was nobody tells yet: none recorded is not none done.
    if confirmation.labour_us:
        labour = _add(segment, "PersonnelActual")
        _add(labour, "ID", "labour")
        _add(labour, "PersonnelUse", "Labour")
        _quantity(labour, confirmation.labour_us / MICROSECONDS, SECOND)


def _equipment(segment: etree._Element, confirmation: SegmentConfirmation, counter: bool) -> None:
    """The machine or line and its time; without a counter nobody knows where setup ends."""
    place = confirmation.machine or confirmation.line or ""
    equipment = _add(segment, "EquipmentActual")
    _add(equipment, "ID", place)
    _add(equipment, "EquipmentID", place)
    parts = {"setup": confirmation.setup_us, "run": confirmation.run_us}
    for key, length_us in (parts if counter else {"machine": sum(parts.values())}).items():
        _quantity(equipment, length_us / MICROSECONDS, SECOND, key)


def _materials(
    segment: etree._Element, plant: Plant, order: MadeOrder, confirmation: SegmentConfirmation, *, counted: bool
) -> None:
    number = next((one.erp_number for one in plant.products if one.id == order.product), None) or order.product

    def material(id_: str, quantity: Decimal, other: str | None = None, reason: str | None = None) -> None:
        one = _add(segment, "MaterialActual")
        _add(one, "ID", id_)
        _add(one, "MaterialDefinitionID", number)
        use = _add(one, "MaterialUse", "Produced" if other is None else "Other")
        if other is not None:
            use.set("OtherValue", other)
        _quantity(one, quantity, order.unit)
        if reason is not None:
            _datum(one, "MaterialActualProperty", "ScrapReason", reason)

    if counted or confirmation.good:
        material("good", confirmation.good)
    for reason, quantity in sorted(confirmation.scrap.items()):
        material(f"scrap/{reason}", Decimal(quantity), "Scrap", reason)
    if confirmation.rework:
        material("rework", confirmation.rework, "Rework")


def _state_of(order: MadeOrder) -> str:
    whole = of_order([Condition(State(state), Substate(substate)) for state, substate in order.conditions])
    return STATES[whole.state, whole.substate]


def _id(confirmation: SegmentConfirmation, number: int) -> str:
    return f"{confirmation.operation}/{number}"


def _datum(parent: etree._Element, name: str, id_: str, text: str, kind: str = "string") -> None:
    datum = _add(parent, name)
    _add(datum, "ID", id_)
    value = _add(datum, "Value")
    _add(value, "ValueString", text)
    _add(value, "DataType", kind)


def _quantity(parent: etree._Element, amount: Decimal, unit: str, key: str | None = None) -> None:
    quantity = _add(parent, "Quantity")
    _add(quantity, "QuantityString", plain(amount))
    _add(quantity, "DataType", "decimal")
    _add(quantity, "UnitOfMeasure", unit)
    if key is not None:
        _add(quantity, "Key", key)


def _times(parent: etree._Element, *named: tuple[str, datetime | None]) -> None:
    for name, at in named:
        if at is not None:
            _add(parent, name, _time(at))


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = None if text is None else _xml(text)
    return element


def _xml(text: str) -> str:
    return NOT_IN_XML.sub("\ufffd", text)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
