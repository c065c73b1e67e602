"""What alerts counts; docs/health.md says what each number means and what to do about it."""

from prometheus_client import Counter, Gauge

from runtime.health import REGISTRY

ACTIVE = Gauge("shopfloor_alerts_active_alarms", "Alarms whose rule holds now.", ["priority"], registry=REGISTRY)
UNACKED = Gauge("shopfloor_alerts_unacknowledged_alarms", "Alarms that wait for somebody.", registry=REGISTRY)
QUIET = Gauge(
    "shopfloor_alerts_quiet_alarms", "Open alarms that are shelved, suppressed or out of service.", registry=REGISTRY
)
ROUND = Gauge("shopfloor_alerts_last_round_timestamp_seconds", "The newest judgement.", registry=REGISTRY)
OUTBOX = Gauge("shopfloor_alerts_outbox_deliveries", "Not yet delivered.", ["channel"], registry=REGISTRY)
REFUSED = Gauge(
    "shopfloor_alerts_refused_deliveries", "Of these, refused by the receiver.", ["channel"], registry=REGISTRY
)
FAULTS = Gauge(
    "shopfloor_alerts_faults", "Rows and rules that could not be judged in the last round.", registry=REGISTRY
)
DELIVERIES = Counter("shopfloor_alerts_deliveries", "Attempts.", ["channel", "result"], registry=REGISTRY)
