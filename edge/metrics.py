"""What an edge agent counts; docs/health.md says what each number means and what to do about it."""

from prometheus_client import Counter, Gauge

from contract.sample import Quality
from runtime.health import REGISTRY

READINGS = Counter("shopfloor_edge_readings", "Values asked of devices.", ["quality"], registry=REGISTRY)
SAMPLES = Counter("shopfloor_edge_samples", "Readings worth sending.", registry=REGISTRY)
POLLS = Counter("shopfloor_edge_polls", "Polls of a device.", ["device", "result"], registry=REGISTRY)
POLLS_LATE = Counter("shopfloor_edge_polls_late", "Polls that outlasted their period.", ["device"], registry=REGISTRY)
POLLS_MISSED = Counter("shopfloor_edge_polls_missed", "Polls left out to catch up.", ["device"], registry=REGISTRY)
CONNECTED = Gauge("shopfloor_edge_device_connected", "1 while a device answers.", ["device"], registry=REGISTRY)
JOURNALLED = Counter("shopfloor_edge_frames_journalled", "Frames kept on disk.", registry=REGISTRY)
PUBLISHED = Counter("shopfloor_edge_frames_published", "Frames sent, again or not.", ["lane"], registry=REGISTRY)
ACKNOWLEDGED = Counter("shopfloor_edge_frames_acknowledged", "Frames that the database holds.", registry=REGISTRY)
JOURNAL_BYTES = Gauge("shopfloor_edge_journal_bytes", "Bytes not yet acknowledged.", registry=REGISTRY)
JOURNAL_MOST = Gauge("shopfloor_edge_journal_max_bytes", "Bytes that the journal may hold.", registry=REGISTRY)
JOURNAL_FRAMES = Gauge("shopfloor_edge_journal_frames", "Frames not yet acknowledged.", registry=REGISTRY)
DROPPED = Counter("shopfloor_edge_samples_dropped", "Samples given up.", ["cause"], registry=REGISTRY)
ONLINE = Gauge("shopfloor_edge_online", "1 while connected to the broker under this name.", registry=REGISTRY)
CLOCK_STEPS = Counter("shopfloor_edge_clock_steps", "Times that somebody set the wall clock.", registry=REGISTRY)
CLOCK_AHEAD = Gauge("shopfloor_edge_clock_ahead_seconds", "Wall clock less the agent's own time.", registry=REGISTRY)

BY_QUALITY = tuple(READINGS.labels(quality.name.lower()) for quality in Quality)
FULL, TOO_OLD, NO_DISK = (DROPPED.labels(cause) for cause in ("journal_full", "too_old", "no_disk"))
LIVE, BACKLOG = (PUBLISHED.labels(lane) for lane in ("live", "backlog"))
