"""What a window is made of: additive integers, microseconds and parts. Pure."""

from dataclasses import dataclass, field, fields
from functools import partial
from operator import add, attrgetter, sub


def _element(unit: str, en: str, zh: str) -> int:
    """What an element is; from this are made the answers of the API, the arrays of the database and the docs."""
    described: int = field(default=0, metadata={"unit": unit, "en": en, "zh": zh})
    return described


time_us = partial(_element, "us")
part_count = partial(_element, "part")
stop_count = partial(_element, "stop")


@dataclass(frozen=True, slots=True)
class Elements:
    """Fields are additive over machines and time, UNOBSERVED over full hours; a KPI is one division of their sums.

    planned = producing + setup + delay + down + no_data, exactly (PBT = APT + AUST + ADET + ADOT + NO_DATA),
    planned = running + minor + breakdown + setup_loss + no_work + no_data, exactly,
    scheduled = planned + planned_stop + breaks, which are the rest of it, and calendar is the window itself.
    """

    # Time.
    calendar: int = time_us("Length of the window, times machines.", "时间窗长度，乘以机器数")
    scheduled: int = time_us(
        "POT, planned operation time: the shifts with their breaks.", "POT，计划运行时间：班次，含休息"
    )
    planned: int = time_us("PBT, the shifts without breaks and planned stops.", "PBT，计划忙时：班次减去休息和计划停机")
    planned_stop: int = time_us("Taken out of planned busy time by the policy.", "按策略从计划忙时中扣除的时间")
    producing: int = time_us("APT, actual production time.", "APT，实际生产时间")
    setup: int = time_us("AUST, actual unit setup time.", "AUST，实际调整时间")
    delay: int = time_us("ADET, actual unit delay time.", "ADET，实际延误时间")
    down: int = time_us("ADOT, actual unit down time.", "ADOT，实际停机时间")
    no_data: int = time_us("Planned time without trustworthy data.", "没有收到可信数据的计划时间")
    # Planned time by what the machine did.
    running: int = time_us("Planned time in state running.", "处于运行状态的计划时间")
    running_uncounted: int = time_us(
        "Of running, the time in which a counter of parts was not read.", "其中零件计数器没有读数的运行时间"
    )
    minor: int = time_us("Planned time in minor stops.", "小停机的计划时间")
    breakdown: int = time_us(
        "Planned time in longer stops that are breakdowns, waiting included.", "属于故障的较长停机的计划时间，含等待"
    )
    setup_loss: int = time_us("Planned time in set-up and adjustment.", "换型和调整的计划时间")
    no_work: int = time_us("Planned time in which there was nothing to make.", "无活可做的计划时间")
    starved: int = time_us("Planned time starved, in stops of any length.", "缺料等待的计划时间，不论长短")
    blocked: int = time_us("Planned time blocked, in stops of any length.", "被堵等待的计划时间，不论长短")
    repair: int = time_us("TTR: planned time in failures.", "TTR：故障中的计划时间")
    repair_busy: int = time_us("Of this, what is booked to busy time.", "其中记入忙时的部分")
    # Stops that begin in planned time.
    minor_stops: int = stop_count("Minor stops that began.", "开始的小停机次数")
    stops: int = stop_count("Longer stops that are breakdowns and began.", "开始的较长停机（故障）次数")
    failures: int = stop_count("FE, failures that began.", "FE，开始的故障次数")
    # Parts that became known in planned time, whenever they were made.
    total: int = part_count("PQ, parts that became known in planned time.", "PQ，在计划时间内得知的零件数")
    good: int = part_count("GQ of these.", "其中的 GQ")
    scrap: int = part_count("SQ of these.", "其中的 SQ")
    rework: int = part_count("RQ of these.", "其中的 RQ")
    inspected: int = part_count("IP: PQ of machines that tell good from bad.", "IP：能区分好坏的机器的 PQ")
    first_pass: int = part_count("GP: of these the good ones that were not reworked.", "GP：其中未经返工的合格品")
    rework_of: int = part_count("PQ of machines that tell rework.", "会报告返工的机器的 PQ")
    startup_rejects: int = part_count("Scrap soon after a set-up.", "换型后不久的废品")
    scrap_with_plan: int = part_count("SQ of products whose scrap is planned.", "有计划废品率的产品的 SQ")
    planned_scrap_ppm: int = part_count("PSQ in millionths of a part.", "PSQ，百万分之一件")
    # Ideal time, sum(PRI x parts), of the parts whose making was observed.
    ideal: int = time_us(
        "Sum of PRI x PQ of the parts whose making was observed.", "观察到制造过程的零件的 PRI x PQ 之和"
    )
    ideal_good: int = time_us("Sum of PRI x GQ of those.", "其中的 PRI x GQ 之和")
    ideal_startup: int = time_us("Sum of PRI x start-up rejects of those.", "其中换型后废品的 PRI 之和")
    ideal_time_state_unknown: int = time_us(
        "Of ideal, of parts that were counted while the state was not known.", "ideal 中在状态未知时计数的零件"
    )
    ideal_time_good_state_unknown: int = time_us("Of ideal_good, of those.", "ideal_good 中的这些零件")
    counted: int = part_count("The parts whose making was observed.", "观察到制造过程的零件数")
    # While an order was in force.
    order_time: int = time_us(
        "AOET: time with an order in force, planned or not.", "AOET：有订单在执行的时间，不论是否计划"
    )
    order_busy: int = time_us("AUBT with an order in force.", "有订单时的 AUBT")
    order_producing: int = time_us("APT with an order in force.", "有订单时的 APT")
    order_parts: int = part_count("PQ with an order in force.", "有订单时的 PQ")
    # What may still turn out otherwise. The last state of a silent machine is held until the silence is noticed, and a
    # stop whose end was not observed has no class yet: that time is state_uncertain.
    state_uncertain_producing: int = time_us("Of producing, what is not certain.", "producing 中不确定的部分")
    state_uncertain_setup: int = time_us("Of setup, what is not certain.", "setup 中不确定的部分")
    state_uncertain_delay: int = time_us("Of delay, what is not certain.", "delay 中不确定的部分")
    state_uncertain_down: int = time_us("Of down, what is not certain.", "down 中不确定的部分")
    state_uncertain_planned_stop: int = time_us("Of planned stops, what is not certain.", "计划停机中不确定的部分")
    state_uncertain_order: int = time_us(
        "Planned time with an order in force whose state is not certain.", "有订单而状态不确定的计划时间"
    )
    state_uncertain_order_busy: int = time_us("Of order_busy, what is not certain.", "order_busy 中不确定的部分")
    state_uncertain_order_producing: int = time_us(
        "Of order_producing, what is not certain.", "order_producing 中不确定的部分"
    )
    unobserved: int = time_us(
        "Planned time of which neither state nor count is known, and what was held until that was noticed.",
        "状态和计数都未知的计划时间，含察觉之前保持的时间",
    )
    # Parts that unobserved time may have made, see unobserved_parts.py.
    begun_before: int = time_us(
        "Ideal time of parts that nobody counted and that took none of the unobserved time.",
        "无人计数、也没有占用未观察时间的零件的理想时间",
    )
    needed_later: int = time_us(
        "Of unobserved time, what was needed for parts that were counted later.",
        "未观察时间中，之后得知的零件所需的部分",
    )
    begun_before_parts: int = part_count(
        "Parts that nobody counted and that took none of the unobserved time.", "无人计数、也没有占用未观察时间的零件数"
    )
    unobserved_parts: int = part_count(
        "Parts that may have been made in it besides, at the shortest ideal cycle.",
        "按最短理想节拍，其中还可能做出的零件数",
    )
    # What is not decided yet.
    undecided: int = time_us("Planned time of stops that may be minor or not.", "可能是也可能不是小停机的停机计划时间")
    state_uncertain_stops: int = stop_count(
        "Stops whose begin was not observed: they may have begun elsewhere.", "没有观察到开始的停机：可能在别处开始"
    )
    # Parts that were counted across a silence.
    bridged: int = part_count(
        "Of total, parts across a silence: real, but not known when they were made.",
        "total 中跨越沉默的零件：确有其件，但不知何时做的",
    )
    bridged_scrap: int = part_count("Of scrap, parts across a silence.", "scrap 中跨越沉默的零件")
    bridged_rework: int = part_count("Of rework, parts across a silence.", "rework 中跨越沉默的零件")
    bridged_inspected: int = part_count("Of inspected, parts across a silence.", "inspected 中跨越沉默的零件")
    bridged_first_pass: int = part_count("Of first_pass, parts across a silence.", "first_pass 中跨越沉默的零件")
    bridged_rework_of: int = part_count("Of rework_of, parts across a silence.", "rework_of 中跨越沉默的零件")
    bridged_order: int = part_count("Of order_parts, parts across a silence.", "order_parts 中跨越沉默的零件")
    # Counted parts whose quality was not told, or cannot be decided.
    more_scrap: int = part_count(
        "Counted parts that nobody judged: they may be scrap.", "已得知但无人判定的零件：可能是废品"
    )
    more_rework: int = part_count("Counted parts that may have been reworked.", "已得知、可能返工过的零件")
    more_first_pass: int = part_count("Counted parts that may be good at first pass.", "已得知、可能一次合格的零件")
    good_more: int = time_us("How much more ideal_good may be, of counted parts.", "ideal_good 还可能多出的部分")
    good_less: int = time_us("How much less ideal_good may be.", "ideal_good 还可能少掉的部分")
    uncounted: int = time_us("Planned time of machines that tell no parts.", "不报告零件数的机器的计划时间")

    def __add__(self, other: "Elements") -> "Elements":
        return Elements(*map(add, VALUES(self), VALUES(other)))

    def __sub__(self, other: "Elements") -> "Elements":
        return Elements(*map(sub, VALUES(self), VALUES(other)))


UNOBSERVED = ("begun_before", "needed_later", "begun_before_parts", "unobserved_parts")
NAMES = tuple(field.name for field in fields(Elements))
VALUES = attrgetter(*NAMES)
UNITS = {one.name: str(one.metadata["unit"]) for one in fields(Elements)}


def in_answers(name: str) -> str:
    """The name of an element in answers: times have their unit in it."""
    return f"{name}_us" if UNITS[name] == "us" else name
