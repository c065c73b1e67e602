"""What a verdict rests on → what the journal keeps of it, as JSON. Pure."""

from dataclasses import asdict
from datetime import timedelta

from alerts.detectors.machine import Deviation
from alerts.rules.judge import Finding
from alerts.rules.tapes import Loss
from config.rules import NoData, OrderLate, Stopped, Threshold
from contract.sample import MICROSECOND

Json = dict[str, object]


def decision_of(finding: Finding) -> Json:
    """The value, span or loss that was judged, and the limit beside it; empty when nothing was measured."""
    made: Json = {}
    match finding.detail:
        case bool():
            pass
        case int() | float() as value:
            made["value"] = value
        case timedelta() as span:
            made["span_us"] = span // MICROSECOND
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
    match finding.rule:
        case Threshold() as rule:
            made |= {
                "tag": rule.tag,
                "above": rule.above,
                "below": rule.below,
                "delay_us": rule.delay // MICROSECOND or None,
            }
        case Stopped() | NoData() as rule:
            made["limit_us"] = rule.longer_than // MICROSECOND
        case OrderLate() as rule:
            made["limit_us"] = rule.by_more_than // MICROSECOND
    return {name: value for name, value in made.items() if value is not None}
