"""What a collector counts; docs/health.md says what each number means and what to do about it."""

from prometheus_client import Counter, Gauge, Histogram

from runtime.health import REGISTRY

FRAMES = Counter("shopfloor_collector_frames", "Frames that came.", ["result"], registry=REGISTRY)
SAMPLES = Counter("shopfloor_collector_samples", "Samples stored.", ["result"], registry=REGISTRY)
BATCH = Histogram(
    "shopfloor_collector_batch_seconds",
    "From taking a batch to its commit.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
    registry=REGISTRY,
)
COMMITTED = Gauge("shopfloor_collector_last_commit_timestamp_seconds", "The newest commit.", registry=REGISTRY)
LAG = Gauge("shopfloor_collector_live_lag_seconds", "From reading to commit, newest live frame.", registry=REGISTRY)
MISSING = Gauge("shopfloor_collector_missing_frames", "Numbered, not come, not told as dropped.", registry=REGISTRY)
RECONNECTS = Counter("shopfloor_collector_reconnects", "Connections made anew.", ["to"], registry=REGISTRY)
QUEUED = Gauge("shopfloor_collector_queued_messages", "Taken and not yet written.", ["lane"], registry=REGISTRY)
TIDIED = Gauge("shopfloor_collector_maintenance_last_success_timestamp_seconds", "The newest round.", registry=REGISTRY)
TIDY_FAILED = Counter("shopfloor_collector_maintenance_failures", "Rounds that failed.", registry=REGISTRY)

STORED, DUPLICATE, REJECTED = (FRAMES.labels(result) for result in ("stored", "duplicate", "rejected"))
SOUND, HELD_OUT = (SAMPLES.labels(result) for result in ("stored", "held_out"))
TO_BROKER, TO_DATABASE = (RECONNECTS.labels(to) for to in ("broker", "database"))
