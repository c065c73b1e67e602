"""What was told of orders is in the document to the last digit, and what is not known is left out of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from config.load import parse_plant
from mes.erp.b2mml.performance_out import STATES, Asked, MadeOrder, SegmentConfirmation, performance
from mes.erp.b2mml.xml_document import document_of
from mes.orders.operation_states import Command, Condition, State, after
from tests.mes.erp.b2mml.documents import NAMESPACE
from tests.mes.screens.lines import MACHINE, PLANT, plant

OPERATION = UUID("0199c1f2-0000-7000-8000-000000000001")
MORNING = datetime(2026, 11, 30, 6, tzinfo=UTC)
CONFIRMATION = SegmentConfirmation(
    order="WO-1",
    operation=OPERATION,
    step=10,
    machine="press-1",
    line=None,
    state="running",
    substate="",
    begun_at=MORNING,
    ended_at=None,
    reported=False,
    number=1,
    kind="partial",
    good=Decimal("480.500000"),
    scrap={"burr": "6", "毛刺": "0.5"},
    rework=Decimal(0),
    setup_us=4_000_000,
    run_us=1_234_567,
    labour_us=0,
    production_day=date(2026, 11, 30),
    as_of=MORNING,
    reverses=None,
    reason="",
    person=None,
    at=MORNING,
)
ORDER = MadeOrder("WO-1", "sap", "4711/A", "part", "KGM", [["running", ""]], MORNING, None)
ASKED = Asked(MORNING, "WO-1")


def told(*confirmations: SegmentConfirmation, order: MadeOrder = ORDER, asked: Asked = ASKED) -> etree._Element:
    content = performance(plant(), asked, {order.id: order}, confirmations or (CONFIRMATION,))
    assert content is not None
    return document_of(content, "OperationsPerformance")


def texts(root: etree._Element, path: str) -> list[str]:
    return [one.text or "" for one in root.iterfind("/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))]


def amounts(root: etree._Element) -> dict[str, tuple[str, str]]:
    """Quantity and unit of each material of the only segment."""
    ids = texts(root, "OperationsResponse/SegmentResponse/MaterialActual/ID")
    quantity = "OperationsResponse/SegmentResponse/MaterialActual/Quantity"
    return dict(
        zip(
            ids,
            zip(texts(root, f"{quantity}/QuantityString"), texts(root, f"{quantity}/UnitOfMeasure"), strict=True),
            strict=True,
        )
    )


def test_a_confirmation_is_a_segment_with_its_exact_amounts() -> None:
    root = told()

    assert amounts(root) == {"good": ("480.5", "KGM"), "scrap/burr": ("6", "KGM"), "scrap/毛刺": ("0.5", "KGM")}
    segment = "OperationsResponse/SegmentResponse"
    assert texts(root, f"{segment}/ID") == [f"{OPERATION}/1"]
    assert texts(root, f"{segment}/EquipmentActual/EquipmentID") == ["press-1"]
    assert texts(root, f"{segment}/EquipmentActual/Quantity/QuantityString") == ["4", "1.234567"]
    assert texts(root, "PerformanceState") == texts(root, f"{segment}/SegmentState") == ["Running"]


def test_the_order_is_told_by_the_number_of_its_own_system() -> None:
    root = told()
    [request] = root.iterfind(f"{{{NAMESPACE}}}OperationsResponse/{{{NAMESPACE}}}OperationsRequestID")
    plain = told(order=replace(ORDER, external_system=None, external_number=None))

    assert (request.text, request.get("schemeID")) == ("4711/A", "sap")
    assert texts(plain, "OperationsResponse/OperationsRequestID") == ["WO-1"]


def test_what_nobody_counts_is_left_out_and_not_0() -> None:
    uncounted = replace(CONFIRMATION, machine="robot", good=Decimal(0), scrap={"burr": "2"})
    reported = replace(uncounted, reported=True)
    root = told(uncounted)

    assert list(amounts(root)) == ["scrap/burr"]
    # Without a counter nobody knows where setup ends.
    assert texts(root, "OperationsResponse/SegmentResponse/EquipmentActual/Quantity/Key") == ["machine"]
    assert texts(root, "OperationsResponse/SegmentResponse/EquipmentActual/Quantity/QuantityString") == ["5.234567"]
    assert amounts(told(reported))["good"] == ("0", "KGM")


def test_people_and_labour_are_told_where_they_are_on_record() -> None:
    person = "OperationsResponse/SegmentResponse/PersonnelActual"

    assert texts(told(), f"{person}/ID") == []
    assert texts(told(replace(CONFIRMATION, person="李伟")), f"{person}/PersonID") == ["李伟"]
    assert texts(told(replace(CONFIRMATION, labour_us=90_000_000)), f"{person}/Quantity/QuantityString") == ["90"]


def test_a_reversal_takes_back_what_it_names() -> None:
    back = replace(
        CONFIRMATION,
        number=2,
        kind="reversal",
        reverses=1,
        good=Decimal("-480.5"),
        scrap={"burr": "-6", "毛刺": "-0.5"},
        setup_us=-4_000_000,
        reason="wrong\norder",
    )
    root = told(CONFIRMATION, back)
    data = "OperationsResponse/SegmentResponse/SegmentData"
    said = list(zip(texts(root, f"{data}/ID"), texts(root, f"{data}/Value/ValueString"), strict=True))

    quantities = texts(root, "OperationsResponse/SegmentResponse/MaterialActual/Quantity/QuantityString")
    assert sum(map(Decimal, quantities)) == 0
    assert ("Reverses", f"{OPERATION}/1") in said
    assert [text for name, text in said if name in ("Kind", "Reason")] == ["partial", "reversal", "wrong\norder"]


def test_the_end_is_told_by_the_final_confirmation() -> None:
    ended = replace(CONFIRMATION, ended_at=MORNING, state="ended", substate="completed")
    over = replace(ORDER, conditions=[["ended", "completed"]], ended_at=MORNING)
    end = "OperationsResponse/SegmentResponse/ActualEndTime"

    assert texts(told(ended, order=over), end) == []
    assert texts(told(replace(ended, kind="final"), order=over), end) == ["2026-11-30T06:00:00Z"]
    assert texts(told(ended, order=over), "OperationsResponse/EndTime") == ["2026-11-30T06:00:00Z"]


def test_a_document_by_time_says_how_far_it_goes_and_no_state_of_everything() -> None:
    root = told(asked=Asked(MORNING, None, (MORNING, MORNING.replace(hour=7))))

    assert texts(root, "Endtime") == ["2026-11-30T07:00:00Z"]
    assert texts(root, "PerformanceState") == []


def test_a_product_has_the_number_of_the_erp() -> None:
    text = PLANT.replace("{{id: part,", "{{id: part, erp_number: 4711/A,")
    numbered = parse_plant(text.format(machines=MACHINE.format(n=1), zone="UTC"))
    content = performance(numbered, ASKED, {"WO-1": ORDER}, [CONFIRMATION])
    assert content is not None

    numbers = texts(document_of(content), "OperationsResponse/SegmentResponse/MaterialActual/MaterialDefinitionID")
    assert set(numbers) == {"4711/A"}


def test_of_nothing_there_is_no_document() -> None:
    assert performance(plant(), ASKED, {}, []) is None


def reachable() -> set[Condition]:
    """Every condition that commands lead to."""
    found = [Condition(State.NOT_ALLOWED_TO_START)]
    for one in found:
        for command in Command:
            for suspend in (False, True):
                to = after(command, one, suspend=suspend)
                if to is not None and to not in found:
                    found.append(to)
    return set(found)


@pytest.mark.parametrize("condition", sorted(reachable(), key=str))
def test_each_state_that_an_operation_can_have_has_a_word_of_isa_95(condition: Condition) -> None:
    assert (condition.state, condition.substate) in STATES
    one = replace(CONFIRMATION, state=condition.state.value, substate=condition.substate.value)

    assert told(one) is not None


AMOUNTS = st.decimals(min_value=-(10**11), max_value=10**11, places=6)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)


@st.composite
def any_confirmation(draw: st.DrawFn) -> SegmentConfirmation:
    """Whatever may be on record, and more."""
    scrap = draw(st.dictionaries(WORDS.map("r{}".format), AMOUNTS, max_size=3))
    condition = draw(st.sampled_from(sorted(reachable(), key=str)))
    return replace(
        CONFIRMATION,
        step=draw(st.integers(1, 99)),
        machine=draw(st.sampled_from(["press-1", "robot"])),
        state=condition.state.value,
        substate=condition.substate.value,
        begun_at=draw(st.none() | st.just(MORNING)),
        ended_at=draw(st.none() | st.just(MORNING)),
        number=draw(st.integers(1, 999)),
        kind=draw(st.sampled_from(["partial", "final", "reversal"])),
        good=draw(AMOUNTS),
        scrap={name: format(quantity, "f") for name, quantity in scrap.items()},
        rework=draw(AMOUNTS),
        labour_us=draw(st.integers(-(10**12), 10**12)),
        reverses=draw(st.none() | st.integers(1, 999)),
        reason=draw(WORDS),
        person=draw(st.none() | WORDS.map("p{}".format)),
    )


CONFIRMATIONS = st.lists(any_confirmation(), min_size=1, max_size=3)


@given(CONFIRMATIONS)
def test_whatever_is_on_record_the_document_is_valid_and_adds_up(confirmations: list[SegmentConfirmation]) -> None:
    root = told(*confirmations)

    quantities = texts(root, "OperationsResponse/SegmentResponse/MaterialActual/Quantity/QuantityString")
    of = [one.good + one.rework + sum(map(Decimal, one.scrap.values())) for one in confirmations]
    assert sum(map(Decimal, quantities)) == sum(of)
