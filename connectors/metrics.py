"""What Prometheus is told; Bytewax serves it at `/metrics` with its own."""

from prometheus_client import Counter, Gauge

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

REJECTS = Counter("retentioncast_rejects", "Records set aside, to the rejects topic", ("reason",))
IGNORED = Counter(
    "retentioncast_ignored_records",
    "Records that are no row's change: tombstones, logical messages and the like",
)
