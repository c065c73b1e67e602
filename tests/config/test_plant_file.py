"""The plant file: what is accepted, and how each mistake is named."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from config.device import ModbusDevice, Role
from config.load import BadPlantFile, load_plant, parse_plant

CONFIG = Path("config")
EXAMPLE = (CONFIG / "plant.example.yaml").read_text(encoding="utf-8")


def test_the_manual_is_a_valid_plant() -> None:
    plant = load_plant(CONFIG / "plant.example.yaml")

    assert [machine.id for machine in plant.machines] == [
        "filler",
        "capper",
        "labeller",
        "press-1",
        "press-2",
        "press-3",
    ]
    assert plant.edges == ("line-1",)
    assert plant.site.shifts[0].starts == time(8)


def test_the_manual_shows_the_true_defaults() -> None:
    plant = parse_plant(EXAMPLE)
    filler = plant.device("plc-filler")
    bare = ModbusDevice(id="x", edge="e", protocol="modbus", host="192.0.2.10")

    assert isinstance(filler, ModbusDevice)
    for key in set(ModbusDevice.model_fields) - {"id", "edge", "host"}:
        assert getattr(bare, key) == getattr(filler, key), key
    assert plant.machine("filler").no_data_after == timedelta(seconds=6)


def test_the_demo_has_two_lines_eight_machines_and_both_protocols() -> None:
    plant = load_plant(CONFIG / "demo.yaml")

    assert len(plant.lines) == 2
    assert len(plant.machines) == 8
    assert len(plant.edges) == 2
    protocols = [plant.device(machine.device).protocol for machine in plant.machines]
    assert protocols.count("modbus") == protocols.count("opcua") == 4
    for machine in plant.machines:
        assert all(machine.tag_of(role) for role in (Role.STATE, Role.TOTAL_COUNT, Role.SCRAP_COUNT))
        assert sum(tag.role is Role.PROCESS_VALUE for tag in machine.tags) >= 2


MISTAKES = [
    ("type: uint32", "type: int33", "lines.0.machines.0.tags.2.type: 'int33' - "),
    ("zone: Asia/Shanghai", "zone: Asia/Shanghay", "site.zone: 'Asia/Shanghay' is not an IANA time zone"),
    ("poll: 500ms", "poll: 500", "devices.0.poll: 500 is not a duration"),
    ("poll: 500ms", "poll: 0s", "must be longer than zero"),
    ("poll: 500ms", "poll: 1ms", "poll must be 10ms or longer"),
    ("deadband: 0.2, poll: 1s", "deadband: 0.2, poll: 1ms", "poll must be 10ms or longer"),
    ("poll: 500ms", "poll: 4s", "no_data_after (6 s) without a reading the machine counts as NO DATA"),
    ("type: bool, bit: 3", "type: bool", "one bit of a register is 'type: bool' with 'bit: 0'"),
    ("type: bool, bit: 3", "type: int16, bit: 3", "one bit of a register is 'type: bool' with 'bit: 0'"),
    ("type: bool, bit: 3", "type: bool, bit: 16", "bit: 16 - "),
    ("table: discrete, type: bool", "table: discrete, type: int16", "table 'discrete' holds bits: write 'type: bool'"),
    ("table: discrete, type: bool", "table: coil, type: bool, bit: 1", "'bit' counts inside a register"),
    ("register: 112, type: float32", "register: 65535, type: float32", "takes 2 registers, and 65535 is the last"),
    ("serial_port: /dev/ttyUSB0", "host: 192.0.2.11", "transport 'serial' needs 'serial_port'"),
    ("transport: tcp ", "transport: serial ", "transport 'serial' needs 'serial_port', such as /dev/ttyUSB0, and no"),
    ("transport: serial", "transport: rtu-over-tcp", "transport 'rtu-over-tcp' needs 'host' and no 'serial_port'"),
    ("    unit: 3 ", "    unit: 0 ", "unit 0: units in RTU frames are 1 to 247"),
    ("    unit: 3 ", "    in_flight: 2\n    unit: 3 ", "a serial line carries one request at a time"),
    ("type: float64, unit: Nm", "type: bcd32, unit: Nm", "the bcd types are for Modbus"),
    ("type: float64, unit: Nm", "type: float64, bit: 1, unit: Nm", "are for Modbus: remove them"),
    ("    unit: 1 ", "    unti: 1 ", "devices.0.unti: unknown key"),
    ("device: plc-capper", "device: plc-caper", "device of machine 'capper': 'plc-caper' does not exist; known are"),
    ("output: capper", "output: caper", "output of line 'bottling': 'caper' does not exist"),
    ("register: 101, ", "", "tag 'product' of machine 'filler': a Modbus tag needs 'register'"),
    ("id: capper\n", "id: filler\n", "equipment 'filler' occurs twice"),
    ("name: rejects, role: scrap_count, register", "name: total, role: scrap_count, register", "occurs twice"),
    ("role: scrap_count, register", "role: total_count, register", "one tag a role"),
    ("2: water-1500}", "2: water-2000}", "product code of machine 'filler': 'water-2000' does not exist"),
    ("tags: [torque,", "tags: [tork,", "none of its machines has a tag 'tork'"),
    ("notify: [maintenance-chat]", "notify: [chat]", "notify of rule 'silent': 'chat' does not exist"),
    ("rate: 60/min", "rate: 60", "channels.0.rate: 60 is not a rate: write messages a minute, 1/min to"),
    ("rate: 60/min", "rate: 0/min", "'0/min' is not a rate"),
    ("kept_for_high: 0.25", "kept_for_high: 1", "channels.0.kept_for_high: 1 - "),
    ("format: json, rate", "format: slack, rate", "channels.0.format: 'slack' - "),
    ("above: 60,", "above: 60, below: 3,", "rule 'hot' needs either 'above' or 'below'"),
    ("9: down}", "9: broken}", "states.9: 'broken' - "),
    ("site:\n", "site:\n  id: again\n", "key 'id' occurs twice in one mapping"),
    ("starts: 08:00", "starts: 25:00", "site.shifts.0.starts: '25:00' is not a time of day"),
    ("starts: 08:00", "starts: 24:00", "site.shifts.0.starts: '24:00' is the end of a day: a day starts at 00:00"),
    ("starts: 08:00", "starts: 8", "site.shifts.0.starts: 8 is not a time of day: write one such as 07:00"),
    (
        "12:00, ends: 12:30",
        "07:00, ends: 07:30",
        "shift 'day': the break from 07:00 to 07:30 lies outside of the shift",
    ),
    ("12:00, ends: 12:30", "12:00, ends: 12:00", "shift 'day': the break from 12:00 to 12:00 has no end"),
    ("name: {en: Day shift, zh: 白班}", "name: 5", "site.shifts.0.name: 5 is not a name: write a text such as Line 1"),
    ("zh: 白班}", "zh: }", "site.shifts.0.name: zh: is empty: write it, or leave this language out"),
    ("zh: 白班}", "chinese: 白班}", "site.shifts.0.name.chinese: unknown key"),
    ("type: uint32", "type: UDINT", "do you mean uint32?"),
    ("word_order: little, unit", "word_order: CDAB, unit", "CDAB is byte_order: big, word_order: little"),
    ("invalid: [4294967295]", "invalid: 4294967295", "invalid: 4294967295 - write it as a list: [4294967295]"),
    ("id: hangzhou", "id: 7", "site.id: 7 - write it in quotes: '7'"),
    ("scale: 0.1, offset: 0.0", "scale: nan, offset: 0.0", "tags.6.scale: 'nan' - write a number such as 0.1"),
    ("above: 60,", "above: inf,", "rules.2.above: 'inf' - write a number such as 0.1"),
    ("protocol: opcua", "protocol: s7", "devices.2.protocol: 's7' - one of modbus, opcua"),
    ("lines:\n", "lines\n", "this is not YAML"),
    ("max_rate: 4", "max_rate: 0.5", "max_rate (0.5 parts per second) is slower than ideal_cycle (0.4 s a part)"),
    ("wraps_at: 65536, max_rate", "max_rate", "'resets: false' says that a counter falls only when it wraps"),
    ("type: int16, scale: 0.1,", "type: int16, max_rate: 9, scale: 0.1,", "'max_rate' belongs to a counter"),
    ("type: int16, scale: 0.1,", "type: int16, resets: false, scale: 0.1,", "'resets' belongs to a counter"),
    ("type: int16, scale: 0.1,", "type: int16, parts_per_count: 4, scale: 0.1,", "'parts_per_count' belongs to a cou"),
    ("min: 0, max: 12", "min: 12, max: 0", "min (12) is above max (0): every value would be BAD"),
    ("type: bool, bit: 3", "type: bool, bit: 3, invalid: [1]", "'invalid', 'min' and 'max' belong to numbers"),
    ("max_rate_factor: 2", "max_rate_factor: 0.5", "max_rate_factor: 0.5 - "),
    (
        "unit: l/min, deadband_percent: 1",
        "role: cycle_time, unit: l/min",
        "needs a number with 'unit: s' or",
    ),
    ("scale: 0.001, unit: s}", "scale: 0.001, unit: s, poll: 1s}", "that is read with the same 'poll'"),
    ("if: fault,", "if: fault and,", "lines.0.machines.2.tags.4.when.0.if: 'fault and' - not an expression (column"),
    ("if: fault,", "if: faults,", "tag 'state' of machine 'labeller': 'faults': there is no tag 'faults' that is read"),
    ("if: fault,", "if: fault == 'yes',", "'fault' is a number, not a text"),
    ("if: fault,", "if: total > state,", "there is no tag 'state' that is read"),
    ("then: down}", "then: broken}", "lines.0.machines.2.tags.4.when.0.then: 'broken' - "),
    ("hold: 1s", "hold: 100ms", "hold (0.1 s) is shorter than one poll (0.5 s)"),
    ("hold: 1s", "hold: 4s", "are longer than half of no_data_after"),
    ("else: stopped", "else: stopped\n            register: 4", "made of other tags has no 'register'"),
    ("else: stopped", "else: stopped\n            states: {0: down}", "a tag with role 'state' needs 'states'"),
    ("{name: run, register: 1, ", "{name: run, register: 1, poll: 1s, ", "read at different paces"),
    ("{name: run, register: 1, ", "{name: low-oil, register: 1, ", "'low_oil' may be 'low-oil' or 'low_oil'"),
]


@pytest.mark.parametrize(("written", "mistake", "complaint"), MISTAKES, ids=[m[1].strip() for m in MISTAKES])
def test_each_mistake_is_named_with_its_place(written: str, mistake: str, complaint: str) -> None:
    assert written in EXAMPLE

    with pytest.raises(BadPlantFile) as caught:
        parse_plant(EXAMPLE.replace(written, mistake, 1))

    assert complaint in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    broken = EXAMPLE.replace("type: uint32", "type: int33", 1).replace("zone: Asia/Shanghai", "zone: nowhere")

    with pytest.raises(BadPlantFile) as caught:
        parse_plant(broken)

    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("site:\n\tid: x\n", "line 2, column 1: this is not YAML: a tab"),
        ("site:\n  name: Hall: north\n", "line 2, column 13: this is not YAML: there is a ':' too many"),
        ("site:\n  id: x\n zone: UTC\n", "line 3, column 2: this is not YAML: the indent differs"),
        ("site: {id: x\nlines: []\n", "this is not YAML: a ',' is missing, or a bracket is not closed"),
        ("site: 'x\n", "this is not YAML: a quote or bracket is not closed"),
        ("site: *there\n", "line 1, column 7: this is not YAML: '*' names what no '&' has named"),
        ("site: !x y\n", "line 1, column 7: this is not YAML: look at this line"),
        ("site: \0\n", "file: this is not YAML: it has characters that no text has"),
        ("{{n}: 1}\n", "line 1: a key begins with a bracket: put it in quotes"),
        (f"site: {'9' * 5000}\n", "file: holds a number with thousands of digits"),
        (f"site: {'[' * 5000}\n", "file: holds a number with thousands of digits, or brackets in brackets"),
    ],
)
def test_what_is_not_yaml_is_told_in_plain_words(text: str, complaint: str) -> None:
    with pytest.raises(BadPlantFile) as caught:
        parse_plant(text)

    assert complaint in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_in_another_encoding_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "plant.yaml").write_bytes(EXAMPLE.encode("gb18030"))
    (tmp_path / "marked.yaml").write_bytes(EXAMPLE.encode("utf-8-sig"))

    with pytest.raises(BadPlantFile, match="it is not UTF-8: save it as a text in UTF-8"):
        load_plant(tmp_path / "plant.yaml")
    assert load_plant(tmp_path / "marked.yaml") == parse_plant(EXAMPLE)


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "\x00"])
def test_what_is_no_plant_is_told_so(text: str) -> None:
    with pytest.raises(BadPlantFile):
        parse_plant(text)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadPlantFile, match=r"none\.yaml: cannot be read"):
        load_plant(tmp_path / "none.yaml")


def test_times_of_day_are_times_and_not_base_sixty_numbers() -> None:
    plant = parse_plant(EXAMPLE.replace("ends: 20:00", "ends: 14:00", 1))

    assert plant.site.shifts[0].ends == time(14)


def test_devices_on_one_line_say_the_same_of_it() -> None:
    second = """
  - id: plc-packer
    edge: line-1
    protocol: modbus
    transport: serial
    serial_port: /dev/ttyUSB0
    unit: 4
    baud: 9600
# What is made."""

    with pytest.raises(BadPlantFile, match="'plc-labeller' and 'plc-packer' share /dev/ttyUSB0, but differ in 'baud'"):
        parse_plant(EXAMPLE.replace("\n# What is made.", second, 1))

    assert len(parse_plant(EXAMPLE.replace("\n# What is made.", second.replace("9600", "19200"), 1)).devices) == 7


@pytest.mark.parametrize(
    ("written", "clock"), [("7:00", time(7)), ("07:00", time(7)), ("7:05:30", time(7, 5, 30)), ("7：00", time(7))]
)
def test_a_time_of_day_may_be_written_as_people_do(written: str, clock: time) -> None:
    plant = parse_plant(EXAMPLE.replace("starts: 08:00", f"starts: {written}", 1))

    assert plant.site.shifts[0].starts == clock


def test_24_00_is_the_end_of_a_day() -> None:
    plant = parse_plant(EXAMPLE.replace("ends: 20:00", "ends: 24:00", 1))

    assert plant.site.shifts[0].ends == time(0)


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("Line 1", "Line 1", "Line 1"),
        ("{en: Line 1}", "Line 1", "Line 1"),
        ("{zh: 一号线}", "一号线", "一号线"),
        ("{de: Linie 1}", "Linie 1", "Linie 1"),
        ("{de: Linie 1, zh: 一号线}", "一号线", "一号线"),
        ("{de: Linie 1, en: Line 1, zh: 一号线}", "Line 1", "一号线"),
        ("{fr: Ligne 1, en-US: Line 1, zh-Hans: 一号线}", "Line 1", "一号线"),
    ],
)
def test_a_name_in_one_language_is_enough_and_others_may_stand_beside(name: str, en: str, zh: str) -> None:
    plant = parse_plant(EXAMPLE.replace("name: {en: Bottling, zh: 灌装线}", f"name: {name}"))

    assert (plant.lines[0].name.en, plant.lines[0].name.zh) == (en, zh)


def test_an_alarm_text_in_one_language_keeps_its_priority() -> None:
    plant = parse_plant(
        EXAMPLE.replace("{en: Lubrication oil low, zh: 润滑油位低, priority: low}", "{de: Öl, priority: low}")
    )

    alarm = plant.machine("filler").tag_of(Role.ALARM_WORD)

    assert alarm is not None
    assert (alarm.alarms[3].en, alarm.alarms[3].priority) == ("Öl", "low")
