"""What mes counts; docs/health.md says what each number means and what to do about it."""

from prometheus_client import Counter, Gauge, Histogram

from runtime.health import REGISTRY

LAG = Gauge("shopfloor_mes_facts_lag_seconds", "Age of the oldest frame not in the facts.", registry=REGISTRY)
RECOMPUTE = Histogram(
    "shopfloor_mes_recompute_seconds",
    "A step of the facts that found something to do.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
    registry=REGISTRY,
)
DIRTY = Counter("shopfloor_mes_dirty_spans", "Spans of machines that new frames touched.", registry=REGISTRY)
NOT_BELIEVED = Counter(
    "shopfloor_mes_counts_not_believed", "Steps of counters that their machines cannot have made.", registry=REGISTRY
)
REBUILDING = Gauge("shopfloor_mes_rebuilding_machines", "Machines whose facts are made anew.", registry=REGISTRY)
LATE = Gauge("shopfloor_mes_late_spans", "Spans of late samples that wait to be made into facts.", registry=REGISTRY)
FAULTY = Gauge("shopfloor_mes_faulty_machines", "Machines whose facts cannot be made.", registry=REGISTRY)
FOLLOWERS = Gauge("shopfloor_mes_wall_followers", "Screens that follow a line.", registry=REGISTRY)
