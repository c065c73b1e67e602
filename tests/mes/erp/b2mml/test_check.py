"""`shopfloor b2mml check`: what is valid here is valid by MESA's own schema, which is not ours to carry about."""

import os
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from mes.erp.b2mml.check import checked
from mes.erp.b2mml.performance_out import performance
from shopfloor import main
from tests.mes.erp.b2mml.documents import material, request, schedule
from tests.mes.erp.b2mml.test_performance_out import ASKED, CONFIRMATIONS, ORDER
from tests.mes.screens.lines import plant

VARIABLE = "SHOPFLOOR_TEST_B2MML"
MESA = os.environ.get(VARIABLE)
needs_mesa = pytest.mark.skipif(MESA is None, reason=f"{VARIABLE} names no folder with MESA's schema: CONTRIBUTING.md")
XSD = "{http://www.w3.org/2001/XMLSchema}"
SCOPE = "<HierarchyScope><EquipmentID>works</EquipmentID><EquipmentLevel>{}</EquipmentLevel></HierarchyScope>"
TIMES = "<StartTime>2027-01-01T00:00:00</StartTime><EndTime>2027-01-31T24:00:00+08:00</EndTime>"
PARAMETER = (
    "<SegmentParameter><ID>Project</ID><Value><ValueString>A</ValueString><DataType>{}</DataType>"
    "<UnitOfMeasure>C62</UnitOfMeasure></Value></SegmentParameter>"
)


def allowed(type_name: str) -> list[str]:
    """The words that a type of the subset allows."""
    path = Path("mes/erp/b2mml/subset.xsd")
    return etree.parse(str(path)).xpath(f"//*[@name='{type_name}']//@value")  # type: ignore[no-any-return]


def every_schedule() -> list[bytes]:
    """Schedules that together have each element in each place, and each word that the subset allows."""
    head = (
        f'<Description languageID="zh">第五周</Description><Description/><Version>1</Version>'
        f"<PublishedDate>2027-01-01T00:00:00.5Z</PublishedDate>{TIMES}{SCOPE.format('Site')}"
        "<OperationsType>Production</OperationsType>"
    )
    of_request = (
        f"<Description>a</Description><Version>1</Version>{TIMES}{SCOPE.format('Area')}"
        "<OperationsType>Production</OperationsType><Priority>50.0</Priority><RequestState>Released</RequestState>"
        "<OperationsDefinitionID>make</OperationsDefinitionID><OperationsSegmentID>make</OperationsSegmentID>"
    )
    scope = (
        "<HierarchyScope><EquipmentID>works</EquipmentID><EquipmentLevel>Site</EquipmentLevel>"
        "<HierarchyScopeChild><EquipmentID>saw</EquipmentID><EquipmentLevel>WorkCell</EquipmentLevel>"
        "</HierarchyScopeChild></HierarchyScope>"
    )
    requests = [
        request(scheme="sap p01", head=of_request, segment=f"{scope}<OperationsType>Production</OperationsType>"),
        *(request(head=SCOPE.format(level)) for level in allowed("Level")),
        *(request(head=f"<RequestState>{state}</RequestState>") for state in allowed("RequestState")),
        *(request(more=material("steel", use)) for use in allowed("UseIn")),
        *(request(parameters=PARAMETER.format(kind)) for kind in allowed("DataType")),
        request(unit=None, equipment=None),
        request().replace(
            "<EquipmentID>line-1</EquipmentID>",
            "<EquipmentID>line-1</EquipmentID><EquipmentLevel>WorkCenter</EquipmentLevel><Description>a</Description>",
        ),
    ]
    return [schedule(one, head=head) for one in requests]


def wrong_by(content: bytes) -> list[str]:
    assert MESA is not None
    _, found = checked(content, Path(MESA))
    assert set(found) == {"shopfloor", "MESA"}
    return list(chain.from_iterable(found.values()))


def test_each_word_of_the_subset_is_read_here() -> None:
    assert [checked(one, None) for one in every_schedule()] == [
        ("OperationsSchedule", {"shopfloor": []}) for _ in every_schedule()
    ]


@needs_mesa
def test_each_element_and_word_of_a_schedule_is_valid_by_mesas_schema() -> None:
    assert [wrong_by(one) for one in every_schedule()] == [[] for _ in every_schedule()]


@needs_mesa
@given(CONFIRMATIONS)
@settings(max_examples=50)
def test_what_is_written_here_is_valid_by_mesas_schema(confirmations: list[object]) -> None:
    content = performance(plant(), ASKED, {"WO-1": ORDER}, confirmations)  # type: ignore[arg-type]
    assert content is not None

    assert wrong_by(content) == []


def test_the_command_tells_each_mistake_and_how_it_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(schedule())
    bad.write_bytes(schedule(request(due="tomorrow")))
    codes = [main(["b2mml", "check", str(one)]) for one in (good, bad, tmp_path / "none.xml")]
    told = capsys.readouterr()

    assert codes == [0, 1, 2]
    assert told.out.splitlines() == [
        "shopfloor: a valid OperationsSchedule. 有效。",
        "shopfloor: OperationsRequest/SegmentRequirement/LatestEndTime, line 6: 'tomorrow' is nothing that "
        "LatestEndTime takes. Give a time such as 2026-12-01T14:00:00Z.",
    ]
    assert "none.xml: cannot be read" in told.err


def test_a_folder_without_mesas_schema_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "good.xml"
    good.write_bytes(schedule())
    missing = main(["b2mml", "check", str(good), "--schema", str(tmp_path)])
    (tmp_path / "B2MML-OperationsSchedule.xsd").write_text("<a/>", encoding="utf-8")
    nonsense = main(["b2mml", "check", str(good), "--schema", str(tmp_path)])
    told = capsys.readouterr().err.splitlines()

    assert (missing, nonsense) == (2, 2)
    assert "has no B2MML-OperationsSchedule.xsd" in told[0]
    assert "cannot be read as a schema" in told[1]


@needs_mesa
def test_what_mesas_schema_allows_and_is_not_read_here_is_told_by_whom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "more.xml"
    path.write_bytes(schedule(head="<ScheduleState>Released</ScheduleState>"))

    assert main(["b2mml", "check", str(path), "--schema", str(MESA)]) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["shopfloor", "MESA"]
