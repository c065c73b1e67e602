"""What a rule about values, states, parts or OEE has found, in English and Chinese. Pure."""

from datetime import timedelta

from alerts.alarms.spans import span_en, span_zh
from alerts.rules.figures import Pace, Scrap
from config.plant import Plant
from config.rules.facts import CounterSilent, OeeLow, ScrapRate, SlowCycle, StateTooLong
from config.rules.values import ExpressionRule, RateOfChange, SpcRule, Stuck

OfValues = RateOfChange | Stuck | SpcRule | ExpressionRule
Measured = OfValues | StateTooLong | CounterSilent | SlowCycle | ScrapRate | OeeLow
STATES_ZH = {
    "running": "运行",
    "idle": "空闲",
    "starved": "缺料",
    "blocked": "堵料",
    "down": "停机",
    "setup": "换型",
    "stopped": "停止",
    "maintenance": "维护",
}


def measured(plant: Plant, rule: Measured, subject: str, detail: object) -> tuple[str, str]:
    """What is wrong, without the name of whom it concerns; `detail` as the rule's judgement gives it, or None."""
    if isinstance(rule, OfValues):
        return _of_values(plant, rule, subject, detail)
    return _of_facts(rule, detail)


def _of_values(plant: Plant, rule: OfValues, subject: str, detail: object) -> tuple[str, str]:
    match rule:
        case RateOfChange():
            return _change(plant, rule, subject, detail)
        case Stuck():
            at = f" at {detail:.4g}" if isinstance(detail, int | float) else ""
            at_zh = f"（{detail:.4g}）" if isinstance(detail, int | float) else ""
            en = f"{rule.tag} has not moved{at} for {span_en(rule.longer_than)} while the machine ran"
            return en, f"{rule.tag} 在运行中 {span_zh(rule.longer_than)}没有变化{at_zh}"
        case SpcRule():
            told = (f": {detail}", f"：{detail}") if isinstance(detail, str) and detail else ("", "")
            about = f"{rule.centre:g} ± {3 * rule.sigma:g}"
            en = f"{rule.tag} out of statistical control about {about}{told[0]}"
            return en, f"{rule.tag} 失控（控制限 {about}）{told[1]}"
        case ExpressionRule():
            lasts = (f" for {span_en(rule.delay)}", f" 持续 {span_zh(rule.delay)}") if rule.delay else ("", "")
            read = (f": {detail}", f"：{detail}") if isinstance(detail, str) and detail else ("", "")
            return f"{rule.condition.text}{lasts[0]}{read[0]}", f"{rule.condition.text}{lasts[1]}{read[1]}"


def _of_facts(rule: StateTooLong | CounterSilent | SlowCycle | ScrapRate | OeeLow, detail: object) -> tuple[str, str]:
    match rule:
        case StateTooLong():
            en, zh = " or ".join(rule.states), "或".join(STATES_ZH[word] for word in rule.states)
            limit = rule.longer_than
            return f"in {en} for more than {span_en(limit)}", f"处于“{zh}”超过 {span_zh(limit)}"
        case CounterSilent():
            limit = rule.longer_than
            return f"runs, but has counted no part for {span_en(limit)}", f"在运行，但 {span_zh(limit)}没有计数"
        case SlowCycle():
            return _slow(rule, detail)
        case ScrapRate():
            return _scrap(rule, detail)
        case OeeLow():
            found = (f" {detail:.1%},", f" {detail:.1%}，") if isinstance(detail, int | float) else ("", "")
            en, zh = span_en(rule.over), span_zh(rule.over)
            return f"OEE{found[0]} below {rule.below:.0%} over {en}", f"OEE{found[1]}最近 {zh}低于 {rule.below:.0%}"


def _change(plant: Plant, rule: RateOfChange, subject: str, detail: object) -> tuple[str, str]:
    unit = next((tag.unit for tag in plant.machine(subject).tags if tag.name == rule.tag), "")
    limit, rises = (rule.above, True) if rule.above is not None else (rule.below or 0.0, False)
    moved = abs(detail) if isinstance(detail, int | float) else limit
    words = ("rose", "上升") if rises else ("fell", "下降")
    en = f"{rule.tag} {words[0]} by {moved:.4g} {unit}".rstrip() + f" within {span_en(rule.within)}"
    zh = f"{rule.tag} 在 {span_zh(rule.within)}内{words[1]} {moved:.4g} {unit}".rstrip()
    return f"{en}, more than {limit:g}", f"{zh}，超过 {limit:g}"


def _slow(rule: SlowCycle, detail: object) -> tuple[str, str]:
    if not isinstance(detail, Pace):
        return f"cycle slower than ideal by more than {rule.slower_by:.0%}", f"节拍比理想值慢 {rule.slower_by:.0%} 以上"
    cycle, ideal = (timedelta(milliseconds=one // 10_000 * 10) for one in (detail.cycle_us, detail.ideal_us))
    slower = detail.cycle_us / detail.ideal_us - 1
    en = f"{span_en(cycle)} for a part, ideal {span_en(ideal)}: {slower:.0%} slower, limit {rule.slower_by:.0%}"
    return en, f"每件 {span_zh(cycle)}，理想 {span_zh(ideal)}：慢 {slower:.0%}，限值 {rule.slower_by:.0%}"


def _scrap(rule: ScrapRate, detail: object) -> tuple[str, str]:
    if not isinstance(detail, Scrap):
        return f"scrap above {rule.above:.1%}", f"废品率高于 {rule.above:.1%}"
    share = detail.scrap / detail.parts
    en = f"scrap {share:.1%} ({detail.scrap} of {detail.parts} parts), above {rule.above:.1%}"
    return en, f"废品率 {share:.1%}（{detail.parts} 件中 {detail.scrap} 件），高于 {rule.above:.1%}"
