"""A data logger's file becomes the batches that a poll would have made, each row once, wherever the import was cut."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from config.device import Tag
from contract.gap import MAX_US
from contract.sample import Quality, State, to_us
from edge.channel import Channel
from edge.logger_import import HEADER, ROWS_A_BATCH, Portion, files_of, portions
from tests.times import at

NOW = to_us(at("2026-11-23 08:00"))
THEN = NOW - 3_600_000_000
Row = tuple[int, str, float | None, int]


def channel(name: str, **tag: Any) -> Channel:
    return Channel("press-1", Tag.model_validate({"name": name, "register": 0, **tag}), timedelta(seconds=6))


CHANNELS: Mapping[tuple[str, str], Channel] = {
    (found.machine, found.tag.name): found
    for found in (
        channel("state", role="state", states={0: "stopped", 1: "running"}),
        channel("total", role="total_count"),
        channel("temp_c", scale=0.1, offset=-40.0),
    )
}


def file_of(folder: Path, lines: Sequence[str], end: str = "\n") -> Path:
    path = folder / "edge-1-0001.csv"
    path.write_bytes(("\n".join([HEADER, *lines]) + end).encode("utf-8", "surrogateescape"))
    return path


def totals(count: int, first: int = 0) -> list[str]:
    return [f"{THEN + i},press-1,total,{i}" for i in range(first, first + count)]


def rows(read: Sequence[Portion]) -> list[Row]:
    """(at, series, value, quality) of all readings in their order."""
    found: list[Row] = []
    for batch in (portion.batch for portion in read if portion.batch is not None):
        values = [None if np.isnan(value) else value for value in batch.value.tolist()]
        found += zip(batch.source_us.tolist(), batch.series, values, batch.quality.tolist(), strict=True)
    return found


def read(path: Path, position: int = 0) -> list[Portion]:
    return list(portions(path, position, CHANNELS, NOW))


def skipped(path: Path) -> tuple[list[Row], int]:
    """What was read, and how many rows the log says were passed over."""
    with capture_logs() as told:
        found = rows(read(path))
    return found, sum(line["rows"] for line in told if line["event"] == "logger_rows_skipped")


@pytest.mark.filterwarnings("error")
def test_a_row_means_what_the_same_register_means_in_a_poll(tmp_path: Path) -> None:
    good, bad = int(Quality.GOOD), int(Quality.BAD)
    table: list[tuple[str, str, float | None, int]] = [
        ("state", "1", float(State.RUNNING), good),
        ("state", "0", float(State.STOPPED), good),
        ("state", "9", None, bad),
        ("state", "0.5", None, bad),
        ("state", "inf", None, bad),
        ("total", "4294967295", 4294967295.0, good),
        ("temp_c", "650", 650 * 0.1 - 40, good),
        ("temp_c", "nan", None, bad),
        ("temp_c", "-inf", None, bad),
        ("temp_c", "1e309", None, bad),
    ]
    path = file_of(tmp_path, [f"{THEN + i},press-1,{tag},{raw}" for i, (tag, raw, _, _) in enumerate(table)])

    found = rows(read(path))

    assert [(THEN + i, f"press-1/{tag}", value, quality) for i, (tag, _, value, quality) in enumerate(table)] == found


def test_readings_keep_the_time_of_the_logger_and_get_the_edge_time_of_the_import(tmp_path: Path) -> None:
    [portion] = read(file_of(tmp_path, totals(3)))

    assert portion.batch is not None
    assert portion.batch.source_us.tolist() == [THEN, THEN + 1, THEN + 2]
    assert set(portion.batch.edge_us.tolist()) == {NOW}


BROKEN = {
    "too few columns": f"{THEN},press-1,total",
    "too many columns": f"{THEN},press-1,total,1,2",
    "no number": f"{THEN},press-1,total,many",
    "no time": "yesterday,press-1,total,1",
    "a time before 1970": "-1,press-1,total,1",
    "a time after 2200": f"{MAX_US},press-1,total,1",
    "an unknown machine": f"{THEN},press-9,total,1",
    "an unknown tag": f"{THEN},press-1,grand_total,1",
    "an empty line": "",
    "the header again": HEADER,
    "what a dead disk leaves": "\0" * 40,
    "bytes that are no text": "\udcff\udcfe",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_row_that_cannot_be_used_is_passed_over_and_counted(tmp_path: Path, broken: str) -> None:
    path = file_of(tmp_path, [*totals(2), broken, *totals(2, first=2), broken])

    found, count = skipped(path)

    assert [value for _, _, value, _ in found] == [0.0, 1.0, 2.0, 3.0]
    assert count == 2


def test_a_file_of_broken_rows_only_is_read_to_its_end(tmp_path: Path) -> None:
    path = file_of(tmp_path, ["x"] * (ROWS_A_BATCH + 10))

    found = read(path)

    assert [portion.batch for portion in found] == [None, None]
    assert path.stat().st_size == found[-1].position


def test_a_windows_logger_ends_its_lines_with_two_characters(tmp_path: Path) -> None:
    path = file_of(tmp_path, [])
    path.write_bytes(f"{HEADER}\r\n{totals(1)[0]}\r\n".encode())

    assert [value for _, _, value, _ in rows(read(path))] == [0.0]


ODD_FORMS = {
    "with a mark": ("\ufeff" + HEADER, ",", "utf-8"),
    "semicolons": (HEADER.replace(",", ";"), ";", "utf-8"),
    "tabs": (HEADER.replace(",", "\t"), "\t", "utf-8"),
    "told separator": ("sep=;\n" + HEADER.replace(",", ";"), ";", "utf-8"),
    "capitals and blanks": ("At_us, MACHINE ,Tag,\u00a0raw", ",", "utf-8"),
    "empty columns at the end": (HEADER + ",,", ",", "utf-8"),
    "quotes": ('"at_us","machine","tag","raw"', ",", "utf-8"),
    "Chinese Windows": (HEADER, ",", "gb18030"),
    "utf-16": ("\ufeff" + HEADER.replace(",", "\t"), "\t", "utf-16-le"),
    "utf-16 of the other kind": ("\ufeff" + HEADER, ",", "utf-16-be"),
    "utf-16 without a mark": (HEADER, ",", "utf-16-le"),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("form", ODD_FORMS, ids=ODD_FORMS)
def test_a_file_is_read_however_the_logger_wrote_it(tmp_path: Path, form: str, newline: str) -> None:
    """上 and 温 have bytes that alone would end a line or a cell in UTF-16; an import may be cut after any of them."""
    header, separator, encoding = ODD_FORMS[form]
    names = {("press-1", "温度上ਊ"): CHANNELS["press-1", "total"]}
    ends = separator * 2 if form.startswith("empty") else ""
    lines = [f"{THEN + i},press-1,温度上ਊ,{i}".replace(",", separator) + ends for i in range(2 * ROWS_A_BATCH + 10)]
    path = tmp_path / "edge-1-0001.csv"
    path.write_bytes("".join(line + newline for line in [*header.split("\n"), *lines]).encode(encoding))

    whole = list(portions(path, 0, names, NOW))
    again = list(portions(path, whole[0].position, names, NOW))

    assert [value for _, _, value, _ in rows(whole)] == [float(i) for i in range(2 * ROWS_A_BATCH + 10)]
    assert rows(again) == rows(whole[1:])
    assert whole[-1].position == path.stat().st_size


@pytest.mark.parametrize("kept", [0, 3])
@pytest.mark.parametrize("letters", [1, 2, 3, 24, 25])
def test_a_torn_last_line_of_two_byte_characters_is_read_when_it_is_whole(
    tmp_path: Path, kept: int, letters: int
) -> None:
    content = "\n".join([HEADER, *totals(kept + 1)]).encode("utf-16-le") + b"\n\0"
    torn = len("\n".join([HEADER, *totals(kept)]).encode("utf-16-le")) + 2 + letters
    path = tmp_path / "edge-1-0001.csv"
    path.write_bytes(content[:torn])

    before = read(path)
    path.write_bytes(content)
    after = read(path, before[-1].position if before else 0)

    assert [value for _, _, value, _ in rows([*before, *after])] == [float(i) for i in range(kept + 1)]


def test_where_semicolons_separate_cells_a_comma_stands_before_the_tenths(tmp_path: Path) -> None:
    path = tmp_path / "edge-1-0001.csv"
    path.write_text(f"{HEADER.replace(',', ';')}\n{THEN};press-1;temp_c;0,5\n{THEN + 1};press-1;temp_c;0.5\n")

    assert [value for _, _, value, _ in rows(read(path))] == [pytest.approx(0.5 * 0.1 - 40.0)] * 2


@pytest.mark.parametrize("first", ["at;machine;tag;raw", "", "at_us,machine,tag", HEADER + ",unit", totals(1)[0]])
def test_a_foreign_header_is_refused_and_nothing_is_read(tmp_path: Path, first: str) -> None:
    path = file_of(tmp_path, totals(3))
    path.write_text("\n".join([first, *totals(3)]) + "\n", "utf-8")

    with capture_logs() as told:
        found = read(path)

    assert found == []
    assert [("logger_file_refused", str(path))] == [(line["event"], line["file"]) for line in told]


@pytest.mark.parametrize("kept", [0, 1, 5, ROWS_A_BATCH, ROWS_A_BATCH + 1])
@pytest.mark.parametrize("letters", [1, 12, 25])
def test_a_torn_last_line_is_told_and_read_when_it_is_whole(tmp_path: Path, kept: int, letters: int) -> None:
    whole = file_of(tmp_path, totals(kept + 2)).read_bytes()
    path = file_of(tmp_path, [*totals(kept), totals(1, first=kept)[0][:letters]], end="")

    with capture_logs() as told:
        before = read(path)
    path.write_bytes(whole)
    after = read(path, before[-1].position if before else 0)

    assert [f"{i:.1f}" for i in range(kept + 2)] == [str(value) for _, _, value, _ in rows([*before, *after])]
    assert [("logger_line_torn", letters)] == [(line["event"], line["bytes"]) for line in told]


@settings(max_examples=15)
@given(st.data())
def test_an_import_that_goes_on_at_any_told_position_loses_and_doubles_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = totals(2 * ROWS_A_BATCH + 100)
    for place in data.draw(st.lists(st.integers(0, len(lines)), max_size=5)):
        lines.insert(place, "broken")
    path = file_of(tmp_path_factory.mktemp("logger"), lines)
    whole = read(path)
    cut = data.draw(st.integers(0, len(whole)))

    rest = read(path, whole[cut - 1].position if cut else 0)

    assert rows(whole) == rows([*whole[:cut], *rest])
    assert len(rows(whole)) == 2 * ROWS_A_BATCH + 100


def test_the_files_of_an_edge_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = ["edge-1-10.csv", "edge-1-9.csv", "edge-1-0001.csv"]
    strangers = ["edge-10-1.csv", "edge-1-2.csv.done", "edge-1-3.csv.part", "edge-1-x.csv", "other.csv", "edge-1-.csv"]
    for name in [*names, *strangers]:
        (tmp_path / name).touch()

    assert [path.name for path in files_of(tmp_path, "edge-1")] == ["edge-1-0001.csv", "edge-1-9.csv", "edge-1-10.csv"]
    assert files_of(tmp_path / "nowhere", "edge-1") == []


def test_states_that_are_made_of_several_tags_come_with_their_rows(tmp_path: Path) -> None:
    rules = [{"if": "fault", "then": "down"}, {"if": "run", "then": "running"}]
    made = Tag.model_validate({"name": "made", "role": "state", "when": rules, "else": "stopped"})
    own = [channel("fault"), channel("run", register=1), Channel("press-1", made, timedelta(seconds=6))]
    names = {("press-1", one.tag.name): one for one in own}
    lines = [f"{THEN},press-1,run,1", f"{THEN + 1},press-1,fault,0", f"{THEN + 2},press-1,fault,1"]
    lines += [f"{THEN + 3},press-1,fault,0", f"{THEN + 3},press-1,run,0"]

    found = list(portions(file_of(tmp_path, lines), 0, names, NOW))

    good = int(Quality.GOOD)
    states = [(at_us - THEN, value, quality) for at_us, name, value, quality in rows(found) if name == "press-1/made"]
    assert states == [(1, State.RUNNING, good), (2, State.DOWN, good), (3, State.STOPPED, good)]
