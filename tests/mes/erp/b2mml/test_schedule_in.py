"""Each request of a schedule is the order that its ERP means, exactly, or says what is wrong with it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import parse_plant
from mes.erp.b2mml.schedule_in import order_id_of, schedule_of
from mes.erp.b2mml.xml_document import BadDocument
from mes.orders.models_bulk import OrderRow
from mes.orders.order_table import WrongCell
from tests.mes.erp.b2mml.documents import material, request, schedule
from tests.mes.screens.lines import MACHINE, PLANT, plant

WORKS = plant(zone="Asia/Shanghai")
SCOPE = (
    "<HierarchyScope><EquipmentID>{}</EquipmentID><EquipmentLevel>{}</EquipmentLevel>"
    "<HierarchyScopeChild><EquipmentID>{}</EquipmentID><EquipmentLevel>{}</EquipmentLevel></HierarchyScopeChild>"
    "</HierarchyScope>"
)
PARAMETER = "<SegmentParameter><ID>{}</ID><Value><ValueString>{}</ValueString></Value></SegmentParameter>"


def rows(*requests: str, of: Any = WORKS) -> list[Any]:
    return [one.row for one in schedule_of(schedule(*requests), of).orders]


def refused(*requests: str, of: Any = WORKS) -> WrongCell:
    [row] = rows(*requests, of=of)
    assert isinstance(row, WrongCell), row
    return row


def test_a_request_is_an_order() -> None:
    state = "<Priority>70</Priority><RequestState>Released</RequestState>"
    named = PARAMETER.format("CustomerReference", "华东客户 4711") + PARAMETER.format("Project", "P&amp;L")
    [row] = rows(request(head=state, parameters=named, quantity="1200.50", unit="KGM"))

    assert row == {
        "id": "WO-1",
        "product": "part",
        "quantity": "1200.50",
        "unit": "KGM",
        "due_at": "2027-01-31T14:00:00Z",
        "priority": "70",
        "customer_reference": "华东客户 4711",
        "project": "P&L",
        "line": "line-1",
    }
    assert OrderRow.model_validate(row).quantity == Decimal("1200.5")


@pytest.mark.parametrize(
    ("written", "due_at"),
    [
        ("2027-01-31T14:00:00Z", "2027-01-31T14:00:00Z"),
        ("2027-01-31T14:00:00+05:30", "2027-01-31T08:30:00Z"),
        # Without a zone it is the plant's.
        ("2027-01-31T14:00:00", "2027-01-31T06:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_one_of_the_plant(written: str, due_at: str) -> None:
    [row] = rows(request(due=written))
    order = OrderRow.model_validate(row)

    assert order.due_at.isoformat().replace("+00:00", "Z") == due_at


def test_a_time_in_the_hour_of_the_clock_change_needs_its_zone() -> None:
    wrong = refused(request(due="2026-10-25T02:30:00"), of=plant(zone="Europe/Berlin"))

    assert "LatestEndTime, line 6" in wrong.column
    assert "with its zone" in wrong.cure


def test_an_order_is_due_when_its_segment_is_or_else_when_it_is_itself() -> None:
    [row] = rows(request(due=None, head="<EndTime>2027-02-01T00:00:00Z</EndTime>"))
    wrong = refused(request(due=None))

    assert row["due_at"] == "2027-02-01T00:00:00Z"
    assert (wrong.column, wrong.key) == ("OperationsRequest, line 4", "WO-1")


@pytest.mark.parametrize(("number", "id_"), [("WO-1042", "WO-1042"), ("4500.1_a", "4500.1_a")])
def test_a_number_that_is_an_id_stays_what_it_is(number: str, id_: str) -> None:
    [row] = rows(request(number))

    assert (row["id"], "external_number" in row) == (id_, False)


@pytest.mark.parametrize("number", ["PO/1042#1", "工单-1042", "a b", "-1", "x" * 64 + "/", "<&>\"'"])
def test_an_odd_number_is_kept_whole_beside_an_id_that_can_stand_in_an_address(number: str) -> None:
    [row] = rows(request(number))

    assert (row["external_system"], row["external_number"]) == ("b2mml", number)
    assert row["id"] != number


def test_the_scheme_of_a_number_is_the_system_that_owns_the_order() -> None:
    [row] = rows(request("1042", scheme="sap-p01"))

    assert (row["id"], row["external_system"], row["external_number"]) == ("sap-p01--1042", "sap-p01", "1042")


PLAIN = st.text("a-.", min_size=1, max_size=6)
NUMBERS = PLAIN | st.text(min_size=1, max_size=80).filter(lambda text: text.strip() == text)


@given(st.tuples(st.none() | NUMBERS, NUMBERS), st.tuples(st.none() | NUMBERS, NUMBERS))
def test_two_numbers_never_share_an_id(one: tuple[str | None, str], other: tuple[str | None, str]) -> None:
    ids = [order_id_of(number, system) for system, number in (one, other)]

    assert (ids[0] == ids[1]) == (one == other)
    assert all(OrderRow.model_validate(GOOD | {"id": id_}).id == id_ for id_ in ids)


GOOD = {"product": "part", "quantity": "1", "due_at": "2027-01-31T14:00:00Z"}


@pytest.mark.parametrize(
    ("equipment", "scope", "place"),
    [
        ("line-1", "", {"line": "line-1"}),
        ("press-1", "", {"machine": "press-1"}),
        (None, SCOPE.format("works", "Site", "line-2", "ProductionLine"), {"line": "line-2"}),
        # In many ERPs a work center is a machine.
        (None, SCOPE.format("works", "Site", "saw", "WorkCenter"), {"machine": "saw"}),
        ("press-1", SCOPE.format("works", "Site", "line-1", "WorkCenter"), {"machine": "press-1"}),
        (None, "", {}),
    ],
)
def test_the_place_is_the_equipment_or_else_the_innermost_scope(
    equipment: str | None, scope: str, place: dict[str, str]
) -> None:
    [row] = rows(request(equipment=equipment, head=scope))

    assert {key: row[key] for key in ("line", "machine") if key in row} == place


def test_a_product_may_have_the_number_of_the_erp_and_its_own_place() -> None:
    text = PLANT.replace("{{id: part,", "{{id: part, erp_number: 4711/A, made_at: line-2,")
    numbered = parse_plant(text.format(machines=MACHINE.format(n=1), zone="UTC"))
    [row] = rows(request(product="4711/A", equipment=None), of=numbered)

    assert (row["product"], row["line"]) == ("part", "line-2")


@pytest.mark.parametrize(
    ("wrong", "place", "cure"),
    [
        (request(equipment="press-99"), "EquipmentID, line 6", "'press-99' is no line or machine of the plant"),
        (request(head=SCOPE.format("other", "Site", "line-1", "WorkCenter")), "HierarchyScope/EquipmentID", "'works'"),
        (request(head="<RequestState>Cancelled</RequestState>"), "RequestState, line 5", "/cancel"),
        (request(head="<RequestState>Forecast</RequestState>"), "RequestState, line 5", "forecast"),
        (request(head="<RequestState>Running</RequestState>"), "RequestState, line 5", "leave 'Running' out"),
        (request(more=material("part")), "SegmentRequirement, line 6", "there are 2"),
        (request().replace("Produced", "Consumed"), "SegmentRequirement, line 6", "there are 0"),
        (request(parameters=PARAMETER.format("Colour", "red")), "SegmentParameter/ID", "'Colour' is not read"),
        (
            request().replace(f"<Quantity>{material('part').partition('<Quantity>')[2]}", "</MaterialRequirement>"),
            "MaterialRequirement, line 7",
            "Give the Quantity",
        ),
    ],
)
def test_what_a_request_asks_for_and_cannot_have_is_told_by_its_element(wrong: str, place: str, cure: str) -> None:
    found = refused(wrong)

    assert place in found.column
    assert cure in found.cure
    assert found.key == "WO-1"


def test_a_schedule_for_another_site_is_refused_as_a_whole() -> None:
    other = schedule(head=SCOPE.format("other", "Site", "line-1", "WorkCenter"))

    with pytest.raises(BadDocument, match="'other'; here is 'works'"):
        schedule_of(other, WORKS)


def test_what_an_order_has_no_place_for_is_told() -> None:
    head = "<Description>支架 for the spring</Description><StartTime>2027-01-01T00:00:00Z</StartTime>"
    steel = material("steel", "Consumed", "12.5", "KGM")
    found = schedule_of(schedule(request(head=head, more=steel)), WORKS)

    assert found.not_kept == ["Description", "MaterialRequirement (Consumed)", "StartTime"]
    assert schedule_of(schedule(), WORKS).not_kept == []


@given(st.decimals(min_value=Decimal("0.000001"), max_value=10**11, places=6))
def test_a_quantity_comes_in_to_the_last_digit(quantity: Decimal) -> None:
    [row] = rows(request(quantity=format(quantity, "f")))

    assert OrderRow.model_validate(row).quantity == quantity
