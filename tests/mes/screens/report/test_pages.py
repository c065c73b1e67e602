"""The report is made by the functions of the API at one instant: one number, one id."""

import csv
import io
import json
import re
import zipfile
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from contract.sample import State, from_us, to_us
from mes.screens.report.document import can_print
from tests.mes.erp.plants import STEP, client, parts, tape
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant

DAY = "2026-03-04"
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
START = to_us(datetime(2026, 3, 4, tzinfo=UTC))


@pytest.fixture
def filled(database: str) -> str:
    """A day of a line of two machines: it runs, is down for half an hour, waits, and is not observed for an hour."""
    for number in (1, 2):
        machine = f"press-{number}"
        down = START + (3 + number) * HOUR
        tape(
            database,
            machine,
            (START - HOUR, State.RUNNING),
            (down, State.DOWN),
            (down + 30 * MINUTE, State.RUNNING),
            (START + 9 * HOUR, State.STARVED),
            (START + 9 * HOUR + 20 * MINUTE, State.RUNNING),
            (START + 12 * HOUR, State.NO_DATA),
            (START + 13 * HOUR, State.RUNNING),
            (START + 30 * HOUR, State.NO_DATA),
        )
        parts(database, machine, "total", 4 * SECOND, START, down)
        parts(database, machine, "total", 3 * SECOND, down + 30 * MINUTE, START + 9 * HOUR)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            f"INSERT INTO {STEP} VALUES ('press-2', 'scrap', %s, %s, 7, 7, false)",
            (from_us(START + 2 * HOUR), from_us(START + 2 * HOUR - SECOND)),
        )
    return database


def unpacked(pdf: bytes) -> bytes:
    """The objects of a PDF, those too that are packed."""
    found = [pdf]
    for packed in STREAM.findall(pdf):
        with suppress(zlib.error):
            found.append(zlib.decompress(packed))
    return b"".join(found)


PERIOD = {"equipment": "line-1", "period": "day", "day": DAY}


async def test_each_kpi_of_the_report_has_the_value_and_the_id_of_the_apis_answer(filled: str) -> None:
    async with client(filled, plant(2)) as http:
        page = (await http.get("/report", params=PERIOD)).text
        as_of = re.search(r"as_of=([0-9TZ:.-]+)", page)
        assert as_of is not None
        window = {"from": f"{DAY}T00:00:00Z", "to": "2026-03-05T00:00:00Z", "as_of": as_of[1]}
        answer = (await http.get("/api/v1/equipment/line-1/kpis", params=window)).json()
        losses = (await http.get("/api/v1/equipment/line-1/losses", params=window)).json()
        again = (await http.get("/report", params=PERIOD | {"as_of": as_of[1]})).text

    shown = dict(re.findall(r'data-kpi="([a-z_]+)" data-result="([^"]+)"', page))
    assert shown == {name: answer[name]["id"] for name in ("oee", "availability", "effectiveness", "quality_ratio")}
    assert f"{answer['oee']['value'] * 100:.1f} <small>%" in page
    assert f'id="planned">{losses["planned"]["minutes"]:.1f}<' in page
    assert dict(re.findall(r'data-kpi="([a-z_]+)" data-result="([^"]+)"', again)) == shown


async def test_the_losses_of_the_table_add_up_to_planned_time(filled: str) -> None:
    async with client(filled, plant(2)) as http:
        text = (await http.get("/report", params=PERIOD | {"format": "csv", "lang": "en"})).content.decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text)))
    balance = [float(row["value"]) for row in rows if row["section"] == "balance" and row["figure"] == "time"]
    made = [row["value"] for row in rows if row["section"] == "hours" and row["figure"] == "good"]
    (good,) = [float(row["value"]) for row in rows if row["section"] == "parts" and row["figure"] == "good"]
    assert round(sum(balance), 6) == 2 * 24 * 60
    assert sum(float(value) for value in made if value) == good
    assert [row["value"] for row in rows if row["figure"] == "provisional"] == ["false"]


async def test_the_report_is_an_excel_file_and_a_pdf_of_two_sheets(filled: str) -> None:
    async with client(filled, plant(2)) as http:
        book = await http.get("/report", params=PERIOD | {"format": "xlsx"})
        paper = await http.get("/report", params=PERIOD | {"format": "pdf"})

    assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(book.content)).namelist()
    assert 'filename="report-line-1-day-2026-03-04.xlsx"' in book.headers["content-disposition"]
    if can_print():
        assert paper.content.startswith(b"%PDF-")
        assert b"/Count 2" in unpacked(paper.content)
    else:
        assert paper.status_code == 404


async def test_a_note_for_the_next_shift_stands_in_its_report_and_in_the_audit_log(filled: str) -> None:
    said = {"equipment": "press-1", "day": DAY, "shift": "day", "note": "Seal changed; two spares left.", "by": "Li"}
    of = {"of": "line-1", "back": f"period=shift&day={DAY}&shift=day"}
    async with client(filled, plant(2)) as http:
        back = await http.post("/report/notes", data=said | of)
        page = (await http.get(back.headers["location"])).text
        other = (await http.get("/report", params=PERIOD | {"day": "2026-03-03"})).text
        listed = (await http.get("/api/v1/shift-notes", params={"equipment": "line-1", "day": DAY})).json()

    assert back.status_code == 303
    assert "Seal changed; two spares left." in page
    assert "Seal changed" not in other
    assert [(one["note"], one["person"]) for one in listed] == [(said["note"], "Li")]
    with psycopg.connect(filled) as conn:
        assert conn.execute("SELECT count(*) FROM audit_entry WHERE action = 'shift_note.added'").fetchall() == [(1,)]


async def test_a_note_that_is_empty_odd_or_nobodys_is_refused_and_never_lost_in_silence(database: str) -> None:
    said = {"equipment": "press-1", "day": DAY, "shift": "day", "note": "Seal changed.", "by": "Li"}
    odd = ({"note": " "}, {"note": "\x00"}, {"by": ""}, {"equipment": "冲压"}, {"day": "9999-12-31"}, {"shift": "🙂"})
    async with client(database, plant(2)) as http:
        answers = [(await http.post("/report/notes", data=said | one)).status_code for one in odd]
        none = await http.post("/report/notes", data={})
        strange = await http.post("/report/notes", data=said | {"back": "period=中文\r\nX: 1", "of": "冲压"})
        listed = (await http.get("/api/v1/shift-notes", params={"equipment": "line-1", "day": DAY})).json()

    assert [*answers, none.status_code, strange.status_code] == [422] * (len(odd) + 1) + [303]
    assert strange.headers["location"].startswith("/report?equipment=%E5%86%B2")
    assert len(listed) == 1


async def test_a_shift_that_has_not_begun_has_no_report(database: str) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    async with client(database, plant(2)) as http:
        refused = await http.get("/report", params={"day": tomorrow, "shift": "day"})

    assert refused.status_code == 404
    assert json.loads(refused.text)["cure"] == "Choose another one on /report."


@pytest.mark.parametrize("period", ["shift", "week", "month"])
async def test_every_period_has_a_report_of_the_site_a_line_and_a_machine(filled: str, period: str) -> None:
    async with client(filled, plant(2)) as http:
        for equipment in ("works", "line-1", "press-1"):
            answer = await http.get("/report", params={"equipment": equipment, "period": period, "day": DAY})
            assert answer.status_code == 200
            assert "data-result" in answer.text
