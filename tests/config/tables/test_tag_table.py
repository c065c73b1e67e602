"""A table of tags, however a spreadsheet or a PLC tool saved it."""

import io
import zipfile
from xml.sax.saxutils import escape

import pytest

from config.tables.tag_table import BadTable, Mistake, read_table

LINES = [
    ["device", "machine", "name", "register", "type", "unit", "scale"],
    ["plc", "press", "压力", "112", "float32", "MPa", "0.1"],
    ["plc", "press", "temp", "110", "int16", "°C", ""],
]
EXPECTED = [
    ("plc", "press", "压力", {"register": 112, "type": "float32", "unit": "MPa", "scale": 0.1}),
    ("plc", "press", "temp", {"register": 110, "type": "int16", "unit": "°C"}),
]


def text(separator: str = ",", newline: str = "\r\n") -> str:
    return "".join(separator.join(line) + newline for line in LINES)


def read(content: bytes) -> list[tuple[str, str, str, dict[str, object]]]:
    rows, mistakes = read_table(content)
    assert mistakes == []
    return [(row.device, row.machine, row.name, row.values) for row in rows]


def workbook(rows: list[list[str | float | bool]]) -> bytes:
    """The least that is an xlsx: an empty sheet and then one with these cells."""

    def cell(value: str | float | bool) -> str:
        if isinstance(value, bool):
            return f'<c t="b"><v>{int(value)}</v></c>'
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>' for n in (1, 2)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{relations}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in (1, 2)
    )
    names = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r{n}"/>' for n in (1, 2))
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/>{sheets}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData/></worksheet>',
        "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, inside in files.items():
            archive.writestr(name, inside)
    return content.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_table_may_come_from_any_spreadsheet(encoding: str, separator: str) -> None:
    assert read(text(separator).encode(encoding)) == EXPECTED


def test_the_mark_of_utf_16_may_be_of_either_kind() -> None:
    assert read(b"\xfe\xff" + text().encode("utf-16-be")) == EXPECTED


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_first_line_may_say_the_separator(first: str) -> None:
    assert read(f"\ufeff{first}\r\n{text(';')}".encode()) == EXPECTED
    assert read(f"{first}\n{text(';', chr(10))}".encode()) == EXPECTED


def test_a_workbook_is_a_table() -> None:
    header: list[str | float | bool] = ["Device", "Machine", "Name", "Register", "Type", "Scale", "Resets", "wraps_at"]
    content = workbook([header, ["plc", "press", "total", 110.0, "UDINT", 0.1, True, 4294967296.0]])

    values = {"register": 110, "type": "uint32", "scale": 0.1, "resets": True, "wraps_at": 4294967296}
    assert read(content) == [("plc", "press", "total", values)]


@pytest.mark.parametrize("content", [b"PK\x03\x04 and nothing else", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_workbook_that_is_none_is_told(content: bytes) -> None:
    with pytest.raises(BadTable, match="a workbook that cannot be read"):
        read_table(content)


def test_a_workbook_without_cells_is_told() -> None:
    with pytest.raises(BadTable, match="without a filled sheet"):
        read_table(workbook([]))


@pytest.mark.parametrize(
    "wrong", ["temp °C", "Größe", "Stückzahl", "Pression élevée", "10 µm ±5", "Ñandú", "überfüllt öß"]
)
def test_a_western_encoding_is_not_taken_for_chinese(wrong: str) -> None:
    """The bytes of °C are also those of a rare Chinese character: a wrong unit would be worse than none."""
    with pytest.raises(BadTable, match=r"neither UTF-8, UTF-16 nor GB 18030.*save it as UTF-8"):
        read_table(f"machine,name,unit\npress,t,{wrong}\n".encode("latin-1"))


@pytest.mark.parametrize("unit", ["℃", "°C", "转/分", "㎡", "公斤・米", "镕化温度（上限）"])
def test_what_chinese_windows_writes_is_read(unit: str) -> None:
    [row], _ = read_table(f"设备,机器,名称,单位\nplc,press,t,{unit}压力温度\n".encode("gb18030"))

    assert row.values == {"unit": f"{unit}压力温度"}


@pytest.mark.parametrize(
    "header",
    [
        "Device,Machine,Name,Register,TYPE",
        " device ,\u00a0machine\u00a0,name\u3000,Register,type",
        "设备,机器,名称,地址,类型",
        "device,machine,Tag Name,Address,Data Type",
    ],
)
def test_a_column_is_known_however_it_is_written(header: str) -> None:
    cells = "plc,press,\u00a0temp ,110,int16"

    assert read(f"{header}\n{cells}\n".encode()) == [("plc", "press", "temp", {"register": 110, "type": "int16"})]


def test_empty_columns_are_passed_over_also_in_the_middle() -> None:
    assert read(b"machine,,name,type,,\npress,,temp,int16,,\n,,,,,\n") == [("", "press", "temp", {"type": "int16"})]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"device,name\n", "has no column 'machine': its first row has device, name"),
        (b"device,machine\n", "has no column 'name'"),
        (b"device,machine,name,nod\n", "column 'nod' is not known"),
        (b"device,machine,name,node,Node\n", "column 'node' is there twice"),
        (b"machine,name,,\npress,t,,\npress,t,,x\n", "column 4 has no name, and row 3 has something in it"),
        (b"", "is empty"),
        (b"\xff\xfem\0a\0\xd8", "begins as UTF-16 and is none"),
    ],
)
def test_what_is_no_table_is_told(content: bytes, complaint: str) -> None:
    with pytest.raises(BadTable, match=complaint):
        read_table(content)


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("INT", "int16"),
        ("Word", "uint16"),
        ("DINT", "int32"),
        ("UDInt", "uint32"),
        ("DWORD", "uint32"),
        ("LINT", "int64"),
        ("REAL", "float32"),
        ("Float", "float32"),
        ("LReal", "float64"),
        ("Double", "float64"),
        ("Bool", "bool"),
        ("Boolean", "bool"),
        ("String", "string"),
        ("UInt16", "uint16"),
        ("Long", "Long"),
    ],
)
def test_types_are_as_plc_tools_call_them_where_they_mean_one_thing(written: str, type_: str) -> None:
    [row], _ = read_table(f"machine,name,type\npress,t,{written}\n".encode())

    assert row.values == {"type": type_}


@pytest.mark.parametrize(
    ("separator", "scale", "number"),
    [
        (";", "0,1", 0.1),
        (";", "0.1", 0.1),
        (";", "1,25", 1.25),
        (";", "1,250", 1.25),
        ("\t", "0,125", 0.125),
        (",", "1E-3", 0.001),
        (",", "2.500", 2.5),
    ],
)
def test_a_number_may_have_its_countrys_comma(separator: str, scale: str, number: float) -> None:
    lines = [["machine", "name", "scale"], ["press", "t", scale]]

    [row], _ = read_table("\n".join(separator.join(line) for line in lines).encode())

    assert row.values == {"scale": number}


@pytest.mark.parametrize(
    ("column", "cell", "complaint"),
    [
        ("scale", "1,250", "may be a thousand or one"),
        ("scale", "much", "write a number such as 0.1"),
        ("register", "1.100", "write a whole number"),
        ("register", "%MW100", "write a whole number"),
        ("wraps_at", "4.29497E+09", "a spreadsheet has rounded it"),
        ("wraps_at", "4,29497E+09", "a spreadsheet has rounded it"),
        ("resets", "no", "write true or false"),
        ("invalid", "none", "write a number such as 0.1"),
        ("states", "running", "write such as 0: stopped, 1: running"),
    ],
)
def test_a_cell_that_cannot_be_meant_is_told(column: str, cell: str, complaint: str) -> None:
    rows, [mistake] = read_table(f"machine\tname\t{column}\npress\tt\t{cell}\n".encode())

    assert rows == []
    assert mistake == Mistake(2, f"{column}: {cell!r} - {mistake.text.split(' - ')[1]}")
    assert complaint in mistake.text


@pytest.mark.parametrize(
    "cell", ["0: stopped, 1: running", "0=stopped;1=running", "{0: stopped, 1: running}", "0:stopped\n1:running"]
)
def test_states_are_written_in_one_cell(cell: str) -> None:
    [row], _ = read_table(f'machine\tname\tstates\npress\tt\t"{cell}"\n'.encode())

    assert row.values == {"states": {0: "stopped", 1: "running"}}


def test_a_counter_and_an_alarm_word_fit_into_a_row() -> None:
    content = "machine;name;wraps_at;resets;alarms;invalid\nm;t;65536;FALSE;;65535, 0\nm;a;;;0: {en: Door, zh: 门};\n"

    rows, mistakes = read_table(content.encode())

    assert mistakes == []
    assert [row.values for row in rows] == [
        {"wraps_at": 65536, "resets": False, "invalid": [65535, 0]},
        {"alarms": {0: {"en": "Door", "zh": "门"}}},
    ]


def test_a_node_keeps_the_blank_that_its_name_ends_with() -> None:
    """A server has two nodes that differ in nothing else."""
    [row, empty], _ = read_table(b'machine,name,node\npress,t," nsu=urn:m;s= a "\npress,u, \n')

    assert (row.values, empty.values) == ({"node": "nsu=urn:m;s= a "}, {})
