"""The flow's metrics, as Prometheus would read them."""

import http.client
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

SECONDS = 2.0
PREFIX = "retentioncast_"

Labels = tuple[tuple[str, str], ...]


class Unreachable(Exception):  # noqa: N818 - it is a state of the flow, that a page shows
    """No answer, or none that can be read, from one of the flow's processes."""


@dataclass(frozen=True)
class Metrics:
    """Values by name without prefix, and labels; those of several processes are added."""

    values: dict[str, dict[Labels, float]]
    stream_time: float | None
    read_at: float

    @classmethod
    def fetch(cls, urls: Iterable[str]) -> Self:
        """Ask each process of the flow; Unreachable where one does not answer."""
        values: dict[str, dict[Labels, float]] = {}
        stream_times = []
        for url in urls:
            for name, labels, value in _samples(url):
                if name == "stream_time_timestamp_seconds":
                    stream_times.append(value)
                of_name = values.setdefault(name, {})
                of_name[labels] = of_name.get(labels, 0.0) + value
        return cls(values, max(filter(None, stream_times), default=None), time.time())

    @property
    def lag(self) -> int | None:
        """Records that are on the topics and have not been read; None before the first has been."""
        return round(self.total("source_lag")) if "source_lag" in self.values else None

    @property
    def stream_age_seconds(self) -> float | None:
        """How old stream time is, by this machine's clock."""
        return None if self.stream_time is None else self.read_at - self.stream_time

    @property
    def poll_age_seconds(self) -> float | None:
        """How long ago a source last polled without an error: of all partitions, the longest."""
        polls = self.values.get("source_last_poll_timestamp_seconds")
        return self.read_at - min(polls.values()) if polls else None

    def total(self, name: str) -> float:
        """Return the sum over all labels."""
        return sum(self.values.get(name, {}).values())

    def by(self, name: str, label: str) -> list[tuple[str, float]]:
        """Return the sums by one label, the greatest first."""
        sums: dict[str, float] = defaultdict(float)
        for labels, value in self.values.get(name, {}).items():
            sums[dict(labels).get(label, "")] += value
        return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


def _samples(url: str) -> Iterable[tuple[str, Labels, float]]:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - the settings admit http alone
            text = answer.read().decode()
        families = list(text_string_to_metric_families(text))
    except (OSError, ValueError, http.client.HTTPException) as error:
        msg = f"{url}: {error}"
        raise Unreachable(msg) from error
    for family in families:
        for sample in family.samples:
            if sample.name.startswith(PREFIX):
                yield sample.name.removeprefix(PREFIX), tuple(sorted(sample.labels.items())), sample.value
