"""What Prometheus is told; Bytewax serves it at `/metrics` with its own."""

from typing import get_args

from prometheus_client import Counter, Gauge, Histogram

from operators import reject
from operators.alert_body import Suppression, WithdrawnBody
from operators.announcement import Announcement, Kind
from operators.instant import to_us
from operators.version import Outcome

_PARTITION = ("topic", "partition")

SOURCE_RECORDS = Counter("retentioncast_source_records", "Records read", _PARTITION)
SOURCE_ERRORS = Counter("retentioncast_source_errors", "Errors the consumer reported", _PARTITION)
SOURCE_POSITION = Gauge("retentioncast_source_position", "Next offset to be read", _PARTITION)
SOURCE_END = Gauge("retentioncast_source_end", "High watermark as of the last fetch", _PARTITION)
SOURCE_LAG = Gauge(
    "retentioncast_source_lag", "Offsets between position and end, markers included", _PARTITION
)
SOURCE_LAST_POLL = Gauge(
    "retentioncast_source_last_poll_timestamp_seconds", "Unix time of the last poll without error", _PARTITION
)
CLOCK_FAILURES = Counter(
    "retentioncast_clock_failures", "Heartbeats whose ends the broker did not tell in time"
)

SINK_MESSAGES = Counter("retentioncast_sink_messages", "Messages committed", _PARTITION)
SINK_REPEATS = Counter(
    "retentioncast_sink_repeats", "Messages skipped: the topic holds them already", _PARTITION
)
SINK_RETRIES = Counter("retentioncast_sink_retries", "Writes that had to be tried again", ("sink",))

TABLE_WRITES = Counter(
    "retentioncast_table_writes", "Lines, deletes and times committed to the analytics database"
)
STREAM_TIME = Gauge(
    "retentioncast_stream_time_timestamp_seconds",
    "Unix time up to which the analytics database is complete; the process that writes it tells",
)
TABLE_REJECTS = Counter("retentioncast_table_rejects", "Lines that the analytics database cannot hold")

ALERTS = Counter("retentioncast_alerts", "Alerts told, by the last word of their ce_type", ("type",))
ALERTS_SUPPRESSED = Counter(
    "retentioncast_alerts_suppressed",
    "Alerts that nobody is to act on: cooldown, budget or control",
    ("by",),
)
# Stream time moves by heartbeats, a second apart: what is on time lies within the first few buckets.
ALERT_LATENESS = Histogram(
    "retentioncast_alert_lateness_seconds",
    "Stream time at which an alert was told, after that at which it was raised",
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 600, 3600, 86400),
)
ALERT_RESOLVED_AFTER = Histogram(
    "retentioncast_alert_resolved_after_days",
    "Days from the raising of an alert to the customer's next order",
    buckets=(7, 30, 60, 90, 180),
)

REFITS = Counter(
    "retentioncast_refits", "Decisions on a fit: adopted, unchanged, refused or paused", ("outcome",)
)
MODEL_FITTED = Gauge(
    "retentioncast_model_fitted_timestamp_seconds",
    "Unix time, in stream time, of the census of the latest fit, adopted or not; 0: there was none",
)

REJECTS = Counter("retentioncast_rejects", "Records set aside, to the rejects topic", ("reason",))
IGNORED = Counter(
    "retentioncast_ignored_records",
    "Records that are no row's change: tombstones, logical messages and the like",
)

# A series that begins with its first event at 1 has not increased: Prometheus must have seen the 0.
for _counter, _values in (
    (ALERTS, get_args(Kind)),
    (ALERTS_SUPPRESSED, (*get_args(Suppression), "control")),
    (REFITS, get_args(Outcome)),
    (REJECTS, reject.ALL),
):
    for _value in _values:
        _counter.labels(_value)


def count_alert(announcement: Announcement) -> None:
    """Count what the alerts' topic is told."""
    kind, body = announcement.kind, announcement.body
    ALERTS.labels(kind).inc()
    if isinstance(body, WithdrawnBody):
        return
    # Once an alert: what becomes of one that is suppressed is told as suppressed again.
    if kind == "suppressed" and body.status == "open" and body.escalated_at is None:
        ALERTS_SUPPRESSED.labels(body.suppressed_by).inc()
    if kind == "raised" and body.arm == "control":
        ALERTS_SUPPRESSED.labels("control").inc()
    if kind == "raised" and announcement.told_at_us is not None:
        ALERT_LATENESS.observe((announcement.told_at_us - to_us(body.raised_at)) / 1e6)
    if kind == "resolved" and body.resolved_after_seconds is not None:
        ALERT_RESOLVED_AFTER.observe(body.resolved_after_seconds / 86_400)
