"""A table of tags into the plant file: the difference first, every bad row by its number, and comments stay."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config.device import Tag
from config.load import load_plant
from config.plant_text import CannotEdit, TagEdit, with_tags
from config.tables.import_command import run
from config.tables.tag_table import COLUMNS, Mistake, gathered
from edge.opcua.tag_names import COLUMNS as BROWSED

PLANT = """\
# Our plant. 工厂
site:
  id: lab
  name: {en: Lab, zh: 实验室}
  zone: UTC
  shifts: [{id: all, name: {en: All, zh: 全天}, days: [mon], starts: 00:00, ends: 00:00}]
devices:
  - {id: plc, edge: edge-1, protocol: opcua, url: 'opc.tcp://192.0.2.1:4840'}
  - {id: old-plc, edge: edge-1, protocol: modbus, host: 192.0.2.2}   # in the cellar
templates:
  saw: {machine: {name: {en: Saw, zh: 锯}, device: plc, ideal_cycle: 1s, tags: [{name: t, node: s=T}]}}
lines:
  - id: line
    name: {en: Line, zh: 线}
    machines:
      - id: press
        name: {en: Press, zh: 冲床}
        device: plc
        ideal_cycle: 2s  # from its maker
        tags:
          # What the panel shows.
          - {name: speed, node: s=Speed, type: float64, unit: rpm}  # main drive
          - name: force
            node: s=Force   # strain gauge
            type: float32

            # Nobody trusts less.
            deadband: 0.5
          # The end of the press.

      - id: mill
        name: {en: Mill, zh: 铣床}
        device: old-plc
        ideal_cycle: 2s
        tags: [{name: total, role: total_count, register: 1},
               {name: temp, register: 2}]
      - {id: oven-1, name: {en: Oven, zh: 炉}, device: plc, ideal_cycle: 9s, tags: &oven [{name: t, node: s=T1}]}
      - {id: oven-2, name: {en: Oven, zh: 炉}, device: plc, ideal_cycle: 9s, tags: *oven}
      - {template: saw, ids: 'saw-{1..2}'}
# The end.
"""
HEAD = "device,machine,name,node,type,unit\n"
NEW = HEAD + "plc,press,torque,nsu=urn:m;s=T,float64,Nm\nold-plc,mill,temp,,,°C\n"


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    path = tmp_path / "plant.yaml"
    path.write_text(PLANT, encoding="utf-8")
    return path


def table(plant: Path, text: str) -> Path:
    path = plant.with_name("tags.csv")
    path.write_text(text, encoding="utf-8")
    return path


def test_the_difference_is_shown_and_nothing_written(plant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = "plc,press,speed,s=Speed,float64,rpm\n"
    elsewhere = "plc,press,kraft,s=Force,float32,\n"

    code = run(table(plant, NEW + same + elsewhere), plant, apply=False)

    said = capsys.readouterr().out.splitlines()
    assert code == 0
    assert said[0] == "+ press/torque  node: nsu=urn:m;s=T, type: float64, unit: Nm"
    assert said[1] == "~ mill/temp  unit: (default) → °C"
    assert said[2] == "= press/kraft  is there already as 'force'"
    assert said[3].startswith("1 added, 1 changed, 2 the same; 5 tags of the plant file are not in the table and stay")
    assert "--apply" in said[4]
    assert plant.read_text(encoding="utf-8") == PLANT


def test_comments_order_and_layout_of_everything_else_stay(plant: Path) -> None:
    deeper = "plc,press,force,s=Force2,float64,kN\n"

    run(table(plant, NEW + deeper), plant, apply=True)

    expected = (
        PLANT.replace("node: s=Force   #", "node: s=Force2   #")
        .replace("type: float32\n", "type: float64\n")
        .replace(
            "            deadband: 0.5\n",
            "            deadband: 0.5\n            unit: kN\n"
            "          - {name: torque, node: 'nsu=urn:m;s=T', type: float64, unit: Nm}\n",
        )
        .replace("register: 2}]", "register: 2, unit: °C}]")
    )
    assert plant.read_text(encoding="utf-8") == expected
    assert [tag.name for tag in load_plant(plant).machine("press").tags] == ["speed", "force", "torque"]


def test_of_a_long_file_full_of_comments_only_the_lines_of_these_tags_change(tmp_path: Path) -> None:
    manual = Path("config/plant.example.yaml").read_text(encoding="utf-8")
    path = tmp_path / "plant.yaml"
    path.write_text(manual, encoding="utf-8")
    rows = "plc-filler,filler,state,99,,,,\nplc-filler,filler,temperature,111,,,K,0.01\n"
    more = "plc-filler,filler,level,200,,int16,mm,\nplc-capper,capper,speed,,s=Speed,float32,rpm,\n"

    run(table(path, "device,machine,name,register,node,type,unit,scale\n" + rows + more), path, apply=True)

    before, after = manual.splitlines(), path.read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in before if line not in after] == [
        "register: 100          # counted from 0",
        "- {name: temperature, register: 110, type: int16, scale: 0.1, offset: 0.0, unit: °C, deadband: 0.2, poll: 1s}",
    ]
    assert [line.strip() for line in after if line not in before] == [
        "register: 99          # counted from 0",
        "- {name: temperature, register: 111, type: int16, scale: 0.01, offset: 0.0, unit: K, deadband: 0.2, poll: 1s}",
        "- {name: level, register: 200, type: int16, unit: mm}",
        "- {name: speed, node: s=Speed, type: float32, unit: rpm}",
    ]


def test_doing_it_twice_changes_nothing(plant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(table(plant, NEW), plant, apply=True)
    once = plant.read_text(encoding="utf-8")

    run(table(plant, NEW), plant, apply=True)

    assert plant.read_text(encoding="utf-8") == once
    assert "nothing to do" in capsys.readouterr().out


def test_tags_written_on_one_line_get_theirs_there_and_lines_end_as_they_did(plant: Path) -> None:
    plant.write_bytes(PLANT.replace("\n", "\r\n").encode())
    head = HEAD.replace("node", "register")

    run(table(plant, head + "old-plc,mill,level,3,int16,\n"), plant, apply=True)

    after = plant.read_bytes().decode()
    assert "{name: temp, register: 2}, {name: level, register: 3, type: int16}]\r\n" in after
    assert after.count("\n") == after.count("\r\n") == PLANT.count("\n")


@pytest.mark.parametrize(
    ("row", "known"),
    [
        ("a,4,uint16,", True),
        ("a,5,uint16,", True),
        ("a,6,uint16,", False),
        ("a,4,float32,", True),
        ("a,4,int32,", False),
        ("a,7,bool,1", True),
        ("a,7,bool,2", False),
        ("a,7,uint16,", False),
    ],
)
def test_a_register_that_a_tag_reads_already_is_not_added_by_a_scan(tmp_path: Path, row: str, known: bool) -> None:
    plant = tmp_path / "plant.yaml"
    more = "{name: temp, register: 2}, {name: flow, register: 4, type: float32}, "
    more += "{name: on, register: 7, type: bool, bit: 1}]"
    plant.write_text(PLANT.replace("{name: temp, register: 2}]", more), encoding="utf-8")

    run(table(plant, f"device,machine,name,register,type,bit\nold-plc,mill,{row}\n"), plant, apply=True)

    assert (len(load_plant(plant).machine("mill").tags) == 4) is known


BAD_ROWS = [
    ("plx,press,a,s=A,float64,", "row 2: device: 'plx' is not there: the plant file has plc, old-plc, or add it first"),
    ("plc,pres,a,s=A,float64,", "row 2: machine: 'pres' is not there: the plant file has press, mill"),
    ("plc,mill,a,s=A,float64,", "row 2: device: 'plc' - machine 'mill' is read from 'old-plc': write that"),
    ("plc,press,a,s=A,flaot64,", "row 2: type: 'flaot64' - one of bool, int16"),
    ("plc,press,a,s=A,,", "row 2: type: is empty: the device showed neither a number"),
    ("plc,press,Ä,s=A,float64,", "row 2: name: 'Ä' - write lower-case letters, digits"),
    ("plc,press,a,,float64,", "row 2: node: is empty: a tag of device 'plc' needs it"),
    ("plc,,a,s=A,float64,", "row 2: machine: is empty: write it"),
    ("plc,press,Temp 1,s=A,float64,", "row 2: name: 'Temp 1' - write lower-case letters, digits, - and _"),
    ("old-plc,mill,a,,int16,", "row 2: register: is empty: a tag of device 'old-plc' needs it"),
    ("plc,press,a,A,float64,", "row 2: node: 'A' is no node id"),
    ("plc,oven-2,a,s=A,float64,", "row 2: the tags of machine 'oven-2' are shared by '&' and '*' with others"),
    ("plc,saw-1,a,s=A,float64,", "row 2: machine 'saw-1' is made by a template: change the template instead"),
    ("plc,press,a,s=A,float64", "row 2: has 5 cells, but there are 6 columns"),
    (
        "plc,press,a,s=A,float64,\nplc,press,a,s=B,float64,",
        "row 3: press/a is in row 2 already: rename one or remove one",
    ),
]


@pytest.mark.parametrize(("rows", "complaint"), BAD_ROWS)
def test_a_bad_row_is_named_with_its_number_and_cure_and_does_not_hold_up_good_ones(
    plant: Path, capsys: pytest.CaptureFixture[str], rows: str, complaint: str
) -> None:
    good = "\nplc,press,fine,s=Fine,float64,\n"

    code = run(table(plant, HEAD + rows + good), plant, apply=True)

    said = capsys.readouterr().err
    assert code == 1
    assert f"tags.csv: {complaint}" in said
    assert "tags.csv: rows left out: 1 " in said
    assert "- {name: fine, node: s=Fine, type: float64}" in plant.read_text(encoding="utf-8")


def test_the_same_mistake_of_many_rows_is_one_line() -> None:
    assert list(gathered([Mistake(n, "no") for n in (2, 3, 4, 9, 7)])) == ["rows 2 to 4, 7, 9: no"]


def test_every_column_of_browse_is_known_and_every_key_of_a_tag_that_is_read() -> None:
    keys = {field.alias or name for name, field in Tag.model_fields.items()}

    assert set(BROWSED) <= set(COLUMNS)
    assert keys - set(COLUMNS) == {"when", "else", "profile", "of"}


def test_rows_that_do_not_fit_together_cost_only_themselves(plant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The mill has its total count already, and two states are one too many, among two hundred good rows."""
    head = "device,machine,name,register,type,role,states\n"
    rows = [f"old-plc,mill,t{n},{100 + n},int16,,\n" for n in range(200)]
    rows[50] = "old-plc,mill,again,300,uint16,total_count,\n"
    rows[120] = "old-plc,mill,state,301,uint16,state,0=stopped;1=running\n"
    rows[121] = "old-plc,mill,state-2,302,uint16,state,0=stopped;1=running\n"

    code = run(table(plant, head + "".join(rows)), plant, apply=True)

    said = capsys.readouterr().err.splitlines()
    names = [tag.name for tag in load_plant(plant).machine("mill").tags]
    assert code == 1
    assert [line.split("tags.csv: ")[1] for line in said] == [
        "row 52: role 'total_count' occurs twice in machine 'mill': one tag a role",
        "row 123: role 'state' occurs twice in machine 'mill': one tag a role",
        "rows left out: 2 已跳过 2 行",
    ]
    assert len(names) == 2 + 198
    assert "state" in names


def test_a_tag_that_does_not_fit_its_device_costs_only_itself(plant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "old-plc,mill,slow,5,int16,,1h\nold-plc,mill,count,6,uint32,good_count,1h\n"

    code = run(table(plant, f"device,machine,name,register,type,role,poll\n{rows}"), plant, apply=False)

    said = capsys.readouterr()
    assert code == 1
    assert "+ mill/slow" in said.out
    assert "row 3: tag 'count' of machine 'mill': is read each 3600 s" in said.err


def test_what_browse_lists_without_a_type_holds_up_nothing(plant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A byte string, a variable that nobody may read and an empty array have no type; a time and a GUID are texts."""
    rows = "".join(
        f"plc,press,{name},s={name},,{kind},,{value},{quality}\n"
        for name, kind, value, quality in (
            ("guid", "string", "72962b91-fa75-4ae6-8d28-b404dc7daf63", "GOOD"),
            ("made", "string", "2026-03-29T01:30:00Z", "GOOD"),
            ("bytes", "", "01 02 ff", "GOOD"),
            ("hidden", "", "", "BAD"),
            ("few", "", "[]", "GOOD"),
            ("speed-2", "float64", "1.5", "GOOD"),
        )
    )

    code = run(table(plant, f"{','.join(BROWSED)}\n{rows}"), plant, apply=True)

    assert code == 1
    assert "rows 4 to 6: type: is empty: the device showed neither a number nor a text" in capsys.readouterr().err
    assert [tag.name for tag in load_plant(plant).machine("press").tags][2:] == ["guid", "made", "speed-2"]


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (
            "        device: plc\n        tags: []  # none yet\n",
            "        tags:\n          - {name: torque, node: 'nsu=urn:m;s=T', type: float64, unit: Nm}  # none yet\n",
        ),
        (
            "        tags:\n          []\n        device: plc\n",
            "        tags:\n          - {name: torque, node: 'nsu=urn:m;s=T', type: float64, unit: Nm}\n        device",
        ),
    ],
)
def test_a_machine_without_tags_is_filled(plant: Path, machine: str, expected: str) -> None:
    start = PLANT.index("        device: plc\n        ideal_cycle: 2s  # from")
    text = PLANT[:start] + "        ideal_cycle: 2s\n" + machine + PLANT[PLANT.index("\n      - id: mill") :]
    plant.write_text(text, encoding="utf-8")

    code = run(table(plant, NEW), plant, apply=True)

    assert code == 0
    assert expected in plant.read_text(encoding="utf-8")
    assert [tag.name for tag in load_plant(plant).machine("press").tags] == ["torque"]


def test_a_machine_without_tags_on_one_line_is_filled_there(plant: Path) -> None:
    plant.write_text(PLANT.replace("tags: &oven [{name: t, node: s=T1}]", "tags: []").replace("*oven", "[]"), "utf-8")

    run(table(plant, HEAD + "plc,oven-1,t,s=T1,int16,\nplc,oven-1,u,s=U,int16,\n"), plant, apply=True)

    text = plant.read_text(encoding="utf-8")
    assert "tags: [{name: t, node: s=T1, type: int16}, {name: u, node: s=U, type: int16}]}" in text
    assert load_plant(plant).machine("oven-2").tags == ()


def test_the_machine_may_be_said_beside_the_table_and_its_device_is_known(plant: Path) -> None:
    """As Kepware exports tags."""
    text = 'Tag Name,Address,Data Type,Respect Data Type,Client Access,Scan Rate\n"level",110,Word,1,R/O,100\n'

    code = run(table(plant, text), plant, apply=True, machine="mill")

    tag = load_plant(plant).machine("mill").tags[-1]
    assert (code, tag.name, tag.register_, tag.type) == (0, "level", 110, "uint16")


def test_a_value_that_needs_quotes_gets_them() -> None:
    odd = {"unit": "0x1F", "node": "ns=2;s=a: {b}, #c"}
    edits = [TagEdit("press", "odd", odd, new=True), TagEdit("press", "force", {"unit": "on"}, new=False)]

    text = with_tags(PLANT, edits)

    assert "- {name: odd, unit: '0x1F', node: 'ns=2;s=a: {b}, #c'}\n" in text
    with pytest.raises(CannotEdit):
        with_tags(PLANT, [TagEdit("saw-1", "x", {}, new=True)])


def test_the_file_is_replaced_whole_and_keeps_its_rights_and_its_link(plant: Path) -> None:
    plant.chmod(0o640)
    link = plant.with_name("link.yaml")
    link.symlink_to(plant)

    run(table(plant, NEW), link, apply=True)

    assert link.is_symlink()
    assert "torque" in plant.read_text(encoding="utf-8")
    assert stat.S_IMODE(plant.stat().st_mode) == 0o640
    assert sorted(os.listdir(plant.parent)) == ["link.yaml", "plant.yaml", "tags.csv"]


def test_it_is_a_subcommand_that_says_what_to_do(plant: Path) -> None:
    command = [sys.executable, "shopfloor.py", "tags", "import", str(table(plant, NEW)), "--plant", str(plant)]

    shown, wrong = (subprocess.run(c, capture_output=True, text=True, check=False) for c in (command, [*command[:-2]]))

    assert (shown.returncode, wrong.returncode) == (0, 1)
    assert "+ press/torque" in shown.stdout
    assert "row 2: device: 'plc' is not there" in wrong.stderr
    assert "Traceback" not in wrong.stderr
