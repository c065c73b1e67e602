"""What is wrong, in English and Chinese. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerts.alarms.life_cycle import Event
from alerts.alarms.measured import measured
from alerts.alarms.spans import span_en, span_zh
from alerts.alarms.unusual import unusual
from alerts.detectors.machine import Deviation
from alerts.rules.alarm_words import text_of_bit
from alerts.rules.common_cause import groups_of
from alerts.rules.tapes import Loss
from config.plant import Plant
from config.rules.kinds import Anomaly, AnyRule, DataLoss, NoData, OrderLate, PlcAlarm, Stopped, Threshold

EVENTS: Mapping[str, tuple[str, str]] = {
    Event.RAISED: ("ALARM", "报警"),
    Event.RAISED_AGAIN: ("ALARM AGAIN", "再次报警"),
    Event.ACKNOWLEDGED: ("acknowledged", "已确认"),
    Event.CLEARED: ("cleared", "已恢复"),
    Event.SHELVING_ENDED: ("ALARM, no longer shelved", "报警（搁置到期）"),
    Event.UNSUPPRESSED: ("ALARM, cause gone but it stays", "报警（根源已恢复，本报警仍在）"),
    "handed_over": ("handed over, still open", "交接，仍未结束"),
    "escalated": ("ALARM, please act", "报警，请处理"),
    Event.CHATTERING: ("CHATTERING, quiet until it is calm", "频繁抖动，平稳前不再通知"),
    Event.CALM: ("ALARM, calm now and it stays", "报警（已平稳，仍存在）"),
    Event.IN_SERVICE: ("ALARM, in service again", "报警（恢复使用）"),
}
PRIORITIES: Mapping[str, tuple[str, str]] = {"low": ("low", "低"), "medium": ("medium", "中"), "high": ("high", "高")}
GROUPS = {
    "site": "Broker, network or power of the site",
    "edge": "Edge agent {0}, its broker or its network",
    "line": "Power or network of line {0}",
    "device": "PLC {0}",
}
GROUPS_ZH = {
    "site": "全厂的消息代理、网络或电源",
    "edge": "边缘代理 {0}、其消息代理或网络",
    "line": "产线 {0} 的电源或网络",
    "device": "PLC {0}",
}
MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Text:
    """The same in both languages."""

    en: str
    zh: str


def text_of(plant: Plant, rule: AnyRule, subject: str, detail: object = None) -> Text:
    """What is wrong with a machine, an order or an edge agent, or what a bit of an alarm word says.

    `detail` is the value that was read, how late the order is, or what was lost.
    """
    match rule:
        case Stopped() | NoData():
            said = _of_silence_or_stop(plant, rule, subject)
        case Threshold():
            said = _threshold(plant, rule, subject, detail)
        case Anomaly():
            said = _of_machine(
                plant, subject, *unusual(plant, subject, detail if isinstance(detail, Deviation) else None)
            )
        case OrderLate():
            late = detail if isinstance(detail, timedelta) else rule.by_more_than
            said = Text(
                f"Order {subject}: expected {span_en(late)} late", f"订单 {subject}：预计晚 {span_zh(late)}完成"
            )
        case PlcAlarm():
            bit = text_of_bit(plant, subject)
            said = _of_machine(plant, subject.split("/", maxsplit=1)[0], bit.en, bit.zh)
        case DataLoss():
            said = _lost(subject, detail if isinstance(detail, Loss) else Loss(0, 0, 0, damaged=False))
        case _:
            said = _of_equipment(plant, subject, *measured(plant, rule, subject, detail))
    return said


def _of_equipment(plant: Plant, subject: str, en: str, zh: str) -> Text:
    names = {line.id: line.name for line in plant.lines} | {machine.id: machine.name for machine in plant.machines}
    name = names[subject]
    return Text(f"{name.en}: {en}", f"{name.zh}：{zh}")


def _of_silence_or_stop(plant: Plant, rule: Stopped | NoData, machine: str) -> Text:
    en, zh = span_en(rule.longer_than), span_zh(rule.longer_than)
    if "/" in machine:
        return _of_group(plant, machine, en, zh)
    if isinstance(rule, Stopped):
        return _of_machine(plant, machine, f"stands, for more than {en} of planned time", f"计划时间内停机超过 {zh}")
    return _of_machine(plant, machine, f"no data for more than {en}", f"无数据超过 {zh}")


def _of_group(plant: Plant, subject: str, en: str, zh: str) -> Text:
    """What several machines have in common that are silent at once; the first of them by name."""
    group = next(group for group in groups_of(plant) if group.subject == subject)
    what = GROUPS[group.kind].format(group.id), GROUPS_ZH[group.kind].format(group.id)
    names = [machine.name for machine in plant.machines if machine.id in group.machines]
    more = len(names) - MOST_NAMES
    those = ", ".join(name.en for name in names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    those_zh = "、".join(name.zh for name in names[:MOST_NAMES]) + (f" 等 {len(names)} 台" if more > 0 else "")
    return Text(
        f"{what[0]}: no data of all {len(names)} machines for more than {en}: {those}",
        f"{what[1]}：全部 {len(names)} 台设备无数据超过 {zh}：{those_zh}",
    )


def _lost(edge: str, loss: Loss) -> Text:
    """How much, by how it was lost."""
    counts = (
        (loss.dropped, "sample", "given up", "个采样被丢弃"),
        (loss.missing, "frame", "missing", "个数据帧缺失"),
        (loss.refused, "frame", "refused", "个数据帧被拒绝"),
        (int(loss.damaged), "journal", "damaged and set aside", "个日志文件损坏并已隔离"),
    )
    found = [row for row in counts if row[0]]
    en = ", ".join(f"{n} {what}{'s' * (n > 1)} {fate}" for n, what, fate, _ in found)
    zh = "，".join(f"{n} {words}" for n, _, _, words in found)
    return Text(f"Edge agent {edge}: data lost: {en}", f"边缘代理 {edge}：数据丢失：{zh}")


def _threshold(plant: Plant, rule: Threshold, subject: str, detail: object) -> Text:
    value = _value(plant, subject, rule.tag, detail)
    limit = rule.above if rule.above is not None else rule.below
    words = ("above", "高于") if rule.above is not None else ("below", "低于")
    unit = _unit(plant, subject, rule.tag)
    en = f"{value}, {words[0]} {limit:g}{unit}" + (f" for {span_en(rule.delay)}" if rule.delay else "")
    zh = f"{value}，{words[1]} {limit:g}{unit}" + (f" 持续 {span_zh(rule.delay)}" if rule.delay else "")
    return _of_machine(plant, subject, en, zh)


def _of_machine(plant: Plant, machine: str, en: str, zh: str) -> Text:
    name = plant.machine(machine).name
    return Text(f"{name.en}: {en}", f"{name.zh}：{zh}")


def _value(plant: Plant, machine: str, tag: str, detail: object) -> str:
    return f"{tag} {detail:.4g}{_unit(plant, machine, tag)}" if isinstance(detail, int | float) else tag


def _unit(plant: Plant, machine: str, tag: str) -> str:
    unit = next((t.unit for t in plant.machine(machine).tags if t.name == tag), "")
    return f" {unit}" if unit else ""
