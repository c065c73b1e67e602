"""What the plant is: site, shifts, lines, machines, products, rules; as written in the plant file."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from config.channels import Channel, Heartbeat
from config.clock_time import EndTime, StartTime, inside
from config.cycles import Cycles
from config.device import Id, Machine, ModbusDevice, Name, Role, Strict
from config.durations import Duration, PositiveDuration
from config.made import pace_of, tags_together_fit
from config.opcua import AnyDevice, OpcUaDevice
from config.policy import PolicyText
from config.quoted import quoted
from config.rules.fit import rule_fits
from config.rules.kinds import CYCLE_TIME, AlarmPolicy, Anomaly, AnyRule, PlcAlarm, Threshold, suppression_fits
from config.services import ServiceWork
from config.state_rules import StateWord

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# Of a tag: what only Modbus knows. Of a Modbus device: what belongs to the connection or line and not to the unit.
MODBUS_KEYS = {"table", "bit", "byte_order", "word_order", "length", "encoding", "poll"}
LINE_KEYS = ("transport", "in_flight", "baud", "parity", "stop_bits")
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Break(Strict):
    """A planned break by the clock on the wall; it may cross midnight with its shift."""

    starts: StartTime
    ends: EndTime


class Shift(Strict):
    """Working time by the clock on the wall; when it ends at or before its start, it ends on the next day."""

    id: Id
    name: Name
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    starts: StartTime
    ends: EndTime
    breaks: tuple[Break, ...] = ()


class Site(Strict):
    """The place, its time zone and its week of shifts; a shift belongs to the production day on which it starts."""

    id: Id
    name: Name
    zone: str
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1)]
    shifts_since: date | None = None
    keep_samples: PositiveDuration = timedelta(days=400)
    keep_versions: PositiveDuration | None = None
    closes_after: Duration = timedelta(hours=8)

    @field_validator("keep_samples")
    @classmethod
    def kept_long_enough(cls, keep: timedelta) -> timedelta:
        """Long enough for late data and for questions about last week's numbers."""
        if keep < timedelta(days=14):
            raise ValueError("keep_samples must be 14d or longer: late data and last week's questions need them")
        return keep

    @field_validator("shifts")
    @classmethod
    def breaks_lie_in_their_shifts(cls, shifts: tuple[Shift, ...]) -> tuple[Shift, ...]:
        """A break outside of its shift would be none, and nobody would know."""
        for shift in shifts:
            for pause in shift.breaks:
                what = f"shift '{shift.id}': the break from {pause.starts:%H:%M} to {pause.ends:%H:%M}"
                if pause.starts == pause.ends:
                    raise ValueError(f"{what} has no end: write when it ends")
                if not inside((shift.starts, shift.ends), (pause.starts, pause.ends))[0]:
                    hours = f"{shift.starts:%H:%M} to {shift.ends:%H:%M}"
                    raise ValueError(f"{what} lies outside of the shift, {hours}: correct its times or remove it")
        return shifts

    @field_validator("zone")
    @classmethod
    def zone_exists(cls, zone: str) -> str:
        """An IANA zone."""
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as err:
            raise ValueError(
                f"{quoted(zone)} is not an IANA time zone: write one such as Asia/Shanghai or Europe/Berlin"
            ) from err
        return zone


class Product(Strict):
    """What is made; `ideal_cycle` by machine id where it differs from the machine's own, `planned_scrap` as a share.

    `erp_number` is what an ERP calls it where that is not its id; `made_at`, a line or machine, is where orders of an
    ERP that names no place are made.
    """

    id: Id
    name: Name
    ideal_cycle: Annotated[dict[Id, Cycles], Field(default_factory=dict)]
    planned_scrap: Annotated[float | None, Field(ge=0, le=1)] = None
    erp_number: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    made_at: Id | None = None


class Reason(Strict):
    """Why a machine stood: a person chooses it for a stop, among those that fit the stop's state."""

    id: Id
    name: Name
    states: Annotated[tuple[StateWord, ...], Field(min_length=1)] = ("down", "stopped")


class Line(Strict):
    """A production line in the sense of ISA-95; its output is counted at one machine, by default the last.

    `target_oee` is the share of the ideal number of parts that is asked for: by it walls say who is on pace.
    """

    id: Id
    name: Name
    machines: Annotated[tuple[Machine, ...], Field(min_length=1)]
    output: Id | None = None
    target_oee: Annotated[float | None, Field(gt=0, le=1)] = None

    @property
    def output_machine(self) -> str:
        """The machine whose counts are the line's counts."""
        return self.output or self.machines[-1].id


class WallList(Strict):
    """Walls that take turns on one screen: ids of the site, of lines and of machines, each for a while."""

    id: Id
    name: Name
    show: Annotated[tuple[Id, ...], Field(min_length=1, max_length=50)]
    each: PositiveDuration = timedelta(seconds=20)

    @field_validator("each")
    @classmethod
    def long_enough_to_read(cls, each: timedelta) -> timedelta:
        """A wall is read from afar."""
        if not timedelta(seconds=5) <= each <= timedelta(hours=1):
            raise ValueError("each must be 5s to 1h: a wall is read from afar, and nobody waits longer for the next")
        return each


class Plant(Strict):
    """One site with everything on it."""

    site: Site
    devices: Annotated[tuple[AnyDevice, ...], Field(min_length=1)]
    products: tuple[Product, ...] = ()
    reasons: tuple[Reason, ...] = ()
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    walls: tuple[WallList, ...] = ()
    channels: tuple[Channel, ...] = ()
    heartbeat: Heartbeat | None = None
    rules: tuple[AnyRule, ...] = ()
    alarms: AlarmPolicy = AlarmPolicy()
    services: tuple[ServiceWork, ...] = ()
    policy: str = "iso-22400-2"
    policies: tuple[PolicyText, ...] = ()

    @property
    def machines(self) -> tuple[Machine, ...]:
        """All machines, line by line."""
        return tuple(machine for line in self.lines for machine in line.machines)

    @property
    def edges(self) -> tuple[str, ...]:
        """The ids of the edge agents, in the order in which they first occur."""
        return tuple(dict.fromkeys(device.edge for device in self.devices))

    def machine(self, machine_id: str) -> Machine:
        """The machine with this id, or KeyError."""
        return {machine.id: machine for machine in self.machines}[machine_id]

    def device(self, device_id: str) -> ModbusDevice | OpcUaDevice:
        """The device with this id, or KeyError."""
        return {device.id: device for device in self.devices}[device_id]

    @model_validator(mode="after")
    def everything_fits(self) -> Self:
        """As fits."""
        self.fits()
        return self

    def fits(self) -> None:
        """ValueError unless ids are unique and every reference leads somewhere."""
        for what, ids in (
            ("equipment", [self.site.id, *(ln.id for ln in self.lines), *(machine.id for machine in self.machines)]),
            ("device", [device.id for device in self.devices]),
            ("product", [product.id for product in self.products]),
            ("erp_number", [product.erp_number or product.id for product in self.products]),
            ("reason", [reason.id for reason in self.reasons]),
            ("wall", [wall.id for wall in self.walls]),
            ("shift", [shift.id for shift in self.site.shifts]),
            ("rule", [rule.id for rule in self.rules]),
            ("channel", [channel.id for channel in self.channels]),
            ("service", [service.id for service in self.services]),
            ("policy", ["iso-22400-2", "tpm-classic", *(policy.name for policy in self.policies)]),
        ):
            doubles = sorted(name for name, times in Counter(ids).items() if times > 1)
            if doubles:
                raise ValueError(f"{what} {doubles[0]!r} occurs twice: ids are unique, rename one")
        devices = {device.id: device for device in self.devices}
        _lines_agree([device for device in self.devices if isinstance(device, ModbusDevice)])
        for line in self.lines:
            _known(line.output_machine, {m.id for m in line.machines}, f"output of line '{line.id}'")
            for machine in line.machines:
                _known(machine.device, devices, f"device of machine '{machine.id}'")
                _tags_fit_device(machine, devices[machine.device])
                tags_together_fit(machine, devices[machine.device])
                _seen_in_time(machine, devices[machine.device])
                self._products_known(machine)
        equipment = {self.site.id, *(line.id for line in self.lines), *(machine.id for machine in self.machines)}
        for wall in self.walls:
            for shown in wall.show:
                _known(shown, equipment, f"what wall '{wall.id}' shows")
        self._rules_known()
        _alarm_words_asked_for(self.machines, self.rules)
        _known(self.policy, {"iso-22400-2", "tpm-classic", *(p.name for p in self.policies)}, "policy")

    def _products_known(self, machine: Machine) -> None:
        product_tag = machine.tag_of(Role.PRODUCT)
        for product in product_tag.products.values() if product_tag else ():
            _known(product, {p.id for p in self.products}, f"product code of machine '{machine.id}'")

    def _rules_known(self) -> None:
        machines = {machine.id: machine for machine in self.machines}
        for product in self.products:
            for machine_id in product.ideal_cycle:
                _known(machine_id, machines, f"ideal_cycle of product '{product.id}'")
            if product.made_at is not None:
                places = {*machines, *(line.id for line in self.lines)}
                _known(product.made_at, places, f"made_at of product '{product.id}'")
        suppression_fits(self.rules)
        for service in self.services:
            _known(service.machine, machines, f"machine of service '{service.id}'")
        for one in self.channels:
            for spare in one.spares:
                _known(spare, {c.id for c in self.channels} - {one.id}, f"spares of channel '{one.id}'")
        for rule in self.rules:
            for channel in rule.notify:
                _known(channel, {c.id for c in self.channels}, f"notify of rule '{rule.id}'")
            for machine_id in rule.machines:
                _known(machine_id, machines, f"machines of rule '{rule.id}'")
            watched = [machines[m] for m in rule.machines] or list(machines.values())
            rule_fits(rule, watched, [line.id for line in self.lines])
            if isinstance(rule, Threshold):
                _number_known(rule.id, rule.tag, watched)
            elif isinstance(rule, Anomaly):
                for name in set(rule.tags) - {CYCLE_TIME}:
                    _number_known(rule.id, name, watched)


def _number_known(rule: str, name: str, watched: Sequence[Machine]) -> None:
    tags = [tag for machine in watched for tag in machine.tags if tag.name == name]
    if not tags:
        raise ValueError(f"tag of rule '{rule}': none of its machines has a tag '{name}'")
    if any(tag.type == "string" for tag in tags):
        raise ValueError(f"tag of rule '{rule}': '{name}' is a text, this rule needs a number")


def _alarm_words_asked_for(machines: Iterable[Machine], rules: Iterable[AnyRule]) -> None:
    """Each alarm word has a rule that says how urgent it is and who is told, and each such rule an alarm word."""
    words = {machine.id: machine.tag_of(Role.ALARM_WORD) for machine in machines}
    asked: set[str] = set()
    for rule in (rule for rule in rules if isinstance(rule, PlcAlarm)):
        watched = [name for name in rule.machines or words if words[name]]
        if not watched:
            raise ValueError(f"rule '{rule.id}': none of its machines has a tag with role 'alarm_word'")
        asked |= set(watched)
    for name, tag in words.items():
        if tag is not None and name not in asked:
            raise ValueError(
                f"tag '{tag.name}' of machine '{name}': no rule asks for its alarms: "
                "add one such as {id: plc, kind: plc_alarm, priority: medium}"
            )


def _known(name: str, known: Collection[str], where: str) -> None:
    if name not in known:
        raise ValueError(f"{where}: '{name}' does not exist; known are {', '.join(sorted(known)) or 'none'}")


def _tags_fit_device(machine: Machine, device: ModbusDevice | OpcUaDevice) -> None:
    for tag in machine.read_tags:
        if isinstance(device, ModbusDevice) and (tag.register_ is None or tag.node is not None):
            raise ValueError(f"tag '{tag.name}' of machine '{machine.id}': a Modbus tag needs 'register' and no 'node'")
        if isinstance(device, OpcUaDevice) and (tag.node is None or tag.register_ is not None):
            raise ValueError(
                f"tag '{tag.name}' of machine '{machine.id}': an OPC UA tag needs 'node' and no 'register'"
            )
        if isinstance(device, OpcUaDevice) and (tag.type.startswith("bcd") or tag.model_fields_set & MODBUS_KEYS):
            raise ValueError(
                f"tag '{tag.name}' of machine '{machine.id}': {', '.join(sorted(MODBUS_KEYS))} and the bcd types "
                "are for Modbus: remove them"
            )


def _seen_in_time(machine: Machine, device: ModbusDevice | OpcUaDevice) -> None:
    """What KPIs are made of is read often enough that the machine does not fall silent in between."""
    for tag in machine.tags:
        poll = pace_of(tag, machine.tags, device)
        if tag.role is not Role.PROCESS_VALUE and 2 * poll > machine.no_data_after:
            raise ValueError(
                f"tag '{tag.name}' of machine '{machine.id}': is read each {poll.total_seconds():g} s, but after "
                f"no_data_after ({machine.no_data_after.total_seconds():g} s) without a reading the machine counts as "
                "NO DATA: poll at least twice as often, or lengthen no_data_after"
            )


def _lines_agree(devices: Sequence[ModbusDevice]) -> None:
    """Devices on one connection or serial line say the same of it."""
    first: dict[tuple[str, str], ModbusDevice] = {}
    for device in devices:
        other = first.setdefault((device.edge, device.line), device)
        for key in LINE_KEYS:
            if getattr(device, key) != getattr(other, key):
                raise ValueError(
                    f"devices '{other.id}' and '{device.id}' share {device.line}, but differ in '{key}' "
                    f"({getattr(other, key)} and {getattr(device, key)}): write the same for both"
                )
