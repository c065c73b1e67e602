"""What a verdict rests on → what the journal keeps of it, as JSON. Pure."""

from dataclasses import asdict
from datetime import timedelta

from alerts.detectors.machine import Deviation
from alerts.rules.figures import Pace, Scrap
from alerts.rules.judge import Finding
from alerts.rules.tapes import Loss
from config.rules.facts import CounterSilent, OeeLow, ScrapRate, SlowCycle, StateTooLong
from config.rules.kinds import AnyRule, NoData, OrderLate, Stopped, Threshold
from config.rules.values import ExpressionRule, RateOfChange, SpcRule, Stuck
from contract.sample import MICROSECOND

Json = dict[str, object]


def decision_of(finding: Finding) -> Json:
    """The value, span or loss that was judged, and the limit beside it; empty when nothing was measured."""
    made = _found(finding.detail) | _limit(finding.rule)
    return {name: value for name, value in made.items() if value is not None}


def _found(detail: object) -> Json:
    made: Json = {}
    match detail:
        case bool():
            pass
        case int() | float() as value:
            made["value"] = value
        case timedelta() as span:
            made["span_us"] = span // MICROSECOND
        case str() as read:
            made["read"] = read
        case Scrap() as scrap:
            made |= {"scrap": scrap.scrap, "parts": scrap.parts}
        case Pace() as pace:
            made |= {"cycle_us": pace.cycle_us, "ideal_us": pace.ideal_us}
        case Loss() as loss:
            made["loss"] = {
                "dropped": loss.dropped,
                "missing": loss.missing,
                "refused": loss.refused,
                "damaged": loss.damaged,
            }
        case Deviation() as found:
            made |= {"figure": str(found.figure), "level": found.level, "since_us": found.since_us}
            made["tags"] = [asdict(tag) for tag in found.tags]
            made["to_limit_us"] = None if found.to_limit is None else found.to_limit // MICROSECOND
    return made


def _limit(of: AnyRule | None) -> Json:
    made: Json = {}
    match of:
        case Threshold() as rule:
            made |= {
                "tag": rule.tag,
                "above": rule.above,
                "below": rule.below,
                "delay_us": rule.delay // MICROSECOND or None,
                "off_delay_us": rule.off_delay // MICROSECOND or None,
            }
        case RateOfChange() as rule:
            made |= {"tag": rule.tag, "above": rule.above, "below": rule.below, "within_us": rule.within // MICROSECOND}
        case SpcRule() as rule:
            made |= {"tag": rule.tag, "centre": rule.centre, "sigma": rule.sigma, "rules": rule.rules}
        case ExpressionRule() as rule:
            made |= {"condition": rule.condition.text, "delay_us": rule.delay // MICROSECOND or None}
        case ScrapRate() | SlowCycle() as rule:
            made["limit"] = rule.above if isinstance(rule, ScrapRate) else rule.slower_by
        case OeeLow() as rule:
            made |= {"below": rule.below, "over_us": rule.over // MICROSECOND}
        case Stopped() | NoData() | StateTooLong() | CounterSilent() | Stuck() as rule:
            made["limit_us"] = rule.longer_than // MICROSECOND
        case OrderLate() as rule:
            made["limit_us"] = rule.by_more_than // MICROSECOND
    return made
