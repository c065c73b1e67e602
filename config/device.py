"""How a PLC is reached and what its tags mean, as written in the plant file."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from config.cycles import Cycles, newest
from config.durations import Duration, PositiveDuration
from config.languages import SHOWN, in_shown_languages
from config.modbus import Order, Table, mistake, width_of
from config.node_ids import wrong_node
from config.profiles import PROFILES, Input, rules_of, wrong_inputs
from config.state_rules import StateRule, StateWord

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
# Of a tag, so that a variable with a Chinese name keeps it: nothing outside the database and the pages hangs on it.
TagName = Annotated[str, Field(pattern=r"^[a-z0-9\u3400-\u9fff][a-z0-9\u3400-\u9fff_-]{0,62}$")]


class Strict(BaseModel):
    """Unknown keys are mistakes, numbers have an end, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Name(Strict):
    """What people read, in both languages; written in one or in any, each of the two is there."""

    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def one_language_is_enough(cls, written: object) -> object:
        """What is not written is as in another language."""
        return written if isinstance(written, Name) else in_shown_languages(written, cls.model_fields.keys() - SHOWN)


class AlarmText(Name):
    """What it means when a bit of an alarm word is on; without a priority that of its rule holds."""

    priority: Literal["low", "medium", "high"] | None = None


class Role(StrEnum):
    """What a tag is for."""

    STATE = "state"
    TOTAL_COUNT = "total_count"
    GOOD_COUNT = "good_count"
    SCRAP_COUNT = "scrap_count"
    REWORK_COUNT = "rework_count"
    PRODUCT = "product"
    ORDER = "order"
    CYCLE_TIME = "cycle_time"
    ALARM_WORD = "alarm_word"
    PROCESS_VALUE = "process_value"


NumberType = Literal[
    "bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bcd16", "bcd32"
]
# Units of a cycle time, in microseconds.
CYCLE_UNITS = {"s": 1_000_000, "ms": 1_000}
# Types of an alarm word, with their bits.
WORD_BITS = {"bool": 1, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32}
# So many times its ideal rate a machine is believed to be able to count, where neither it nor its tag says more.
MAX_RATE_FACTOR = 2.0
FASTEST_POLL = timedelta(milliseconds=10)
# What a tag may say of itself that is not read, but made of other tags.
MADE_KEYS = {"name", "role", "when", "otherwise", "profile", "of", "hold"}


class Tag(Strict):
    """One value of a machine: a Modbus address or an OPC UA node, and its meaning."""

    name: TagName
    role: Role = Role.PROCESS_VALUE
    register_: Annotated[int | None, Field(alias="register", ge=0)] = None
    table: Table = "holding"
    bit: Annotated[int | None, Field(ge=0, le=15)] = None
    byte_order: Order | None = None
    word_order: Order | None = None
    length: Annotated[int | None, Field(ge=1, le=250)] = None
    encoding: Literal["utf-8", "latin-1", "gb18030"] = "utf-8"
    poll: PositiveDuration | None = None
    type: Literal[NumberType, "string"] = "uint16"
    node: str | None = None
    path: Annotated[str, Field(pattern=r"^(\[\d{1,9}\]|\.\w{1,200})*$")] = ""
    read: Literal["subscribe", "poll"] | None = None
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    deadband: Annotated[float, Field(ge=0)] = 0.0
    deadband_percent: Annotated[float, Field(ge=0, le=100)] = 0.0
    states: dict[int, StateWord] = {}
    when: tuple[StateRule, ...] = ()
    otherwise: Annotated[StateWord | None, Field(alias="else")] = None
    profile: Literal["packml", "opcua-machinery", "run-fault"] | None = None
    of: dict[str, TagName] = {}
    hold: Duration = timedelta(0)
    products: dict[int, Id] = {}
    alarms: dict[int, AlarmText] = {}
    wraps_at: Annotated[int | None, Field(gt=1)] = None
    max_rate: Annotated[float | None, Field(gt=0, le=1_000_000)] = None
    resets: bool = True
    parts_per_count: Annotated[int, Field(ge=1, le=10_000)] = 1
    invalid: tuple[float, ...] = ()
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def meaning_fits_role(self) -> Self:
        """The keys that a role needs are there, and no others."""
        self._state_fits()
        if (self.role is Role.PRODUCT) != bool(self.products):
            raise ValueError("a tag with role 'product' needs 'products' (code: product id), and only that role has it")
        self._bits_fit()
        self._counter_fits()
        self._limits_fit()
        self._number_fits()
        if self.register_ is not None and (self.path or self.read):
            raise ValueError("'path' and 'read' belong to OPC UA tags: a Modbus tag is always polled")
        if self.register_ is not None:
            wrong = mistake(self.register_, self.table, self.type, self.bit, self.length)
            if wrong:
                raise ValueError(wrong)
        return self

    def _state_fits(self) -> None:
        """A state is read as a code or made of other tags; both may have to hold for a while."""
        ways = [bool(self.states), bool(self.when), self.profile is not None]
        if ways.count(True) != (self.role is Role.STATE):
            raise ValueError(
                "a tag with role 'state' needs 'states' (code: word), or to be made of other tags "
                "'when' (a list of if, then) or 'profile'; and only that role has one of them"
            )
        wrong = wrong_inputs(self.profile, self.of) if self.profile else None
        if wrong:
            raise ValueError(wrong)
        if self.of and self.profile is None:
            raise ValueError("'of' belongs to 'profile': which tag of this machine is which of its inputs")
        if self.made:
            others = sorted(self.model_fields_set - MADE_KEYS)
            if others:
                raise ValueError(
                    f"a state that is made of other tags has no '{others[0].rstrip('_')}': "
                    "give that to the tags that it is made of"
                )
        if self.otherwise is not None and not self.when:
            raise ValueError("'else' belongs to 'when'; a code that is not in 'states' is NO DATA")
        if self.hold and self.role is not Role.STATE:
            raise ValueError("'hold' belongs to role 'state': so long it must hold before it counts")

    def _bits_fit(self) -> None:
        """An alarm word has texts for bits that it has."""
        if (self.role is Role.ALARM_WORD) != bool(self.alarms):
            raise ValueError("a tag with role 'alarm_word' needs 'alarms' (bit: text), and only that role has it")
        if self.alarms and not all(0 <= bit < WORD_BITS.get(self.type, 0) for bit in self.alarms):
            raise ValueError(
                f"an alarm word of type '{self.type}' has {WORD_BITS.get(self.type, 0)} bits, counted from 0, the "
                f"lowest; types are {', '.join(WORD_BITS)}"
            )

    def _counter_fits(self) -> None:
        """What is said of a counter is said of one."""
        said = {
            "wraps_at": self.wraps_at is not None,
            "max_rate": self.max_rate is not None,
            "resets": not self.resets,
            "parts_per_count": self.parts_per_count > 1,
        }
        if any(said.values()) and not self.is_counter:
            key = next(key for key, is_said in said.items() if is_said)
            raise ValueError(f"'{key}' belongs to a counter: total_count, good_count, scrap_count or rework_count")
        if not self.resets and self.wraps_at is None:
            raise ValueError("'resets: false' says that a counter falls only when it wraps: it needs 'wraps_at'")

    def _limits_fit(self) -> None:
        """What no value can be is said of numbers, and leaves some."""
        if (self.invalid or self.min is not None or self.max is not None) and self.type in ("string", "bool"):
            raise ValueError(f"'invalid', 'min' and 'max' belong to numbers, not to type '{self.type}'")
        if (self.min is not None or self.max is not None) and self.role is Role.STATE:
            raise ValueError("'min' and 'max' do not belong to role 'state': a code that is not in 'states' is NO DATA")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min:g}) is above max ({self.max:g}): every value would be BAD")

    def _number_fits(self) -> None:
        """Scale, unit, deadband and type are what the role can have."""
        banded = bool(self.deadband or self.deadband_percent)
        plain = self.scale == 1.0 and self.offset == 0.0 and not banded
        if self.role is Role.CYCLE_TIME and (banded or self.unit not in CYCLE_UNITS or self.type == "bool"):
            raise ValueError("role 'cycle_time' needs a number with 'unit: s' or 'unit: ms', and no deadband")
        if self.role not in (Role.PROCESS_VALUE, Role.CYCLE_TIME) and not plain:
            raise ValueError(f"scale, offset and deadband belong to process values, not to role '{self.role}'")
        if self.type == "string" and self.role not in (Role.PROCESS_VALUE, Role.ORDER):
            raise ValueError("type 'string' is for tags with role 'process_value' or 'order'")
        if self.type.startswith("float") and self.role is Role.ORDER:
            raise ValueError("an order is a whole number or a text: give it an integer type or 'string'")
        if self.type == "string" and not plain:
            raise ValueError("scale, offset and deadband belong to numbers, not to type 'string'")

    @field_validator("node")
    @classmethod
    def node_has_form(cls, node: str | None) -> str | None:
        """A node id as OPC UA writes it; whether the node is there only its server knows."""
        wrong = wrong_node(node) if node is not None else ""
        if wrong:
            raise ValueError(wrong)
        return node

    @field_validator("poll")
    @classmethod
    def not_too_fast(cls, poll: timedelta | None) -> timedelta | None:
        """As for a device."""
        return poll if poll is None else _not_too_fast(poll)

    @property
    def made(self) -> bool:
        """True when it is not read, but made of other tags of its machine."""
        return bool(self.when) or self.profile is not None

    @property
    def words(self) -> frozenset[StateWord]:
        """The states that it may tell."""
        made = {rule.word for rule in self.when} | ({self.otherwise} if self.otherwise else set())
        return frozenset({*self.states.values(), *made})

    @property
    def width(self) -> int:
        """How many addresses of a Modbus device it takes."""
        return width_of(self.type, self.length)

    @property
    def fastest_us(self) -> int | None:
        """No two of its parts are closer than this, microseconds; None where no `max_rate` is given."""
        return None if self.max_rate is None else max(1, round(1_000_000 / self.max_rate))

    @property
    def is_counter(self) -> bool:
        """True for a total, good, reject or rework count."""
        return self.role in (Role.TOTAL_COUNT, Role.GOOD_COUNT, Role.SCRAP_COUNT, Role.REWORK_COUNT)


def _not_too_fast(poll: timedelta) -> timedelta:
    if poll < FASTEST_POLL:
        raise ValueError("poll must be 10ms or longer; 100ms and up is kept on time with many devices")
    return poll


class Device(Strict):
    """What every PLC has: the edge agent that reads it and how often."""

    id: Id
    edge: Id
    poll: PositiveDuration = timedelta(milliseconds=500)
    heartbeat: PositiveDuration = timedelta(seconds=2)
    timeout: PositiveDuration = timedelta(seconds=2)

    @field_validator("poll")
    @classmethod
    def not_too_fast(cls, poll: timedelta) -> timedelta:
        """What a schedule can keep."""
        return _not_too_fast(poll)


class ModbusDevice(Device):
    """A PLC behind Modbus: TCP, RTU frames over TCP, or a serial line; units of one line share it."""

    protocol: Literal["modbus"]
    transport: Literal["tcp", "rtu-over-tcp", "serial"] = "tcp"
    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 502
    serial_port: str = ""
    baud: Annotated[int, Field(ge=300, le=4_000_000)] = 19_200
    parity: Literal["even", "odd", "none"] = "even"
    stop_bits: Literal[1, 2] = 1
    unit: Annotated[int, Field(ge=0, le=255)] = 1
    answer_units: tuple[Annotated[int, Field(ge=0, le=255)], ...] = ()
    transaction_id: Literal["same", "any"] = "same"
    plain_addresses: bool = False
    byte_order: Order = "big"
    word_order: Order = "big"
    max_registers: Annotated[int, Field(ge=1, le=125)] = 125
    max_bits: Annotated[int, Field(ge=1, le=2000)] = 2000
    max_gap: Annotated[int, Field(ge=0, le=124)] = 16
    pause: Duration = timedelta(0)
    requests_per_second: Annotated[float | None, Field(gt=0)] = None
    in_flight: Annotated[int, Field(ge=1, le=16)] = 1
    retries: Annotated[int, Field(ge=0, le=5)] = 1

    @model_validator(mode="after")
    def line_fits_transport(self) -> Self:
        """A network has a host, a serial line has a port of this computer, and RTU frames have their units."""
        if self.transport == "serial":
            if not self.serial_port or self.host:
                raise ValueError("transport 'serial' needs 'serial_port', such as /dev/ttyUSB0, and no 'host'")
            if self.in_flight > 1:
                raise ValueError("a serial line carries one request at a time: leave out 'in_flight'")
        elif not self.host or self.serial_port:
            raise ValueError(f"transport '{self.transport}' needs 'host' and no 'serial_port'")
        if self.transport != "tcp" and not 1 <= self.unit <= 247:
            raise ValueError(f"unit {self.unit}: units in RTU frames are 1 to 247")
        if self.transport != "tcp" and (self.answer_units or self.transaction_id == "any"):
            raise ValueError("'answer_units' and 'transaction_id' belong to transport 'tcp'")
        return self

    @property
    def line(self) -> str:
        """What its units share: 'host:port', or the name of a serial port."""
        return self.serial_port or f"{self.host}:{self.port}"


class Machine(Strict):
    """A work unit in the sense of ISA-95: one machine with its tags."""

    id: Id
    name: Name
    device: Id
    ideal_cycles: Annotated[Cycles, Field(alias="ideal_cycle")]
    no_data_after: Duration = timedelta(seconds=6)
    max_rate_factor: Annotated[float, Field(ge=1, le=1000)] = MAX_RATE_FACTOR
    tags: tuple[Tag, ...]

    @property
    def ideal_cycle(self) -> timedelta:
        """Time for one part at best, the newest of the plant file."""
        return newest(self.ideal_cycles)

    @field_validator("tags")
    @classmethod
    def profiles_spelled_out(cls, tags: tuple[Tag, ...]) -> tuple[Tag, ...]:
        """A state by a profile becomes one by the profile's conditions."""
        by_name = {tag.name: tag for tag in tags}
        return tuple(_spelled_out(tag, by_name) if tag.profile else tag for tag in tags)

    @model_validator(mode="after")
    def tags_fit(self) -> Self:
        """Names are unique, and no role occurs twice but process value and alarm word."""
        names = [tag.name for tag in self.tags]
        doubles = {name for name in names if names.count(name) > 1}
        if doubles:
            raise ValueError(f"tag {sorted(doubles)} occurs twice in machine '{self.id}': rename one")
        roles = [tag.role for tag in self.tags if tag.role not in (Role.PROCESS_VALUE, Role.ALARM_WORD)]
        again = {role for role in roles if roles.count(role) > 1}
        if again:
            raise ValueError(f"role '{min(again)}' occurs twice in machine '{self.id}': one tag a role")
        for tag in self.tags:
            if tag.max_rate is not None and tag.max_rate * self.ideal_cycle.total_seconds() < 1:
                raise ValueError(
                    f"tag '{tag.name}' of machine '{self.id}': max_rate ({tag.max_rate:g} parts per second) is slower "
                    f"than ideal_cycle ({self.ideal_cycle.total_seconds():g} s a part): it is the most that can ever be"
                )
        return self

    @property
    def read_tags(self) -> tuple[Tag, ...]:
        """The tags that its device is asked for; the others are made of them."""
        return tuple(tag for tag in self.tags if not tag.made)

    def tag_of(self, role: Role) -> Tag | None:
        """The tag with this role, or None when the machine has none."""
        return next((tag for tag in self.tags if tag.role is role), None)


def _spelled_out(tag: Tag, by_name: Mapping[str, Tag]) -> Tag:
    for name, other in tag.of.items():
        if other not in by_name:
            raise ValueError(f"tag '{tag.name}': '{name}' of its profile is '{other}', and there is no such tag")
    inputs = {name: Input(other, by_name[other].type == "string") for name, other in tag.of.items()}
    profile = tag.profile or ""
    rules = rules_of(profile, inputs)
    return tag.model_copy(update={"when": rules, "otherwise": PROFILES[profile].otherwise})
