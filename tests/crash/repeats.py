"""How many alerts and rejects the flow's sinks have skipped because their topics held them already."""

import re
from pathlib import Path
from urllib.error import URLError

from tests.e2e.metrics import Metrics

SKIPPED = re.compile(r"^retentioncast_sink_repeats_total\{.*\} (\S+)$", re.MULTILINE)


class Repeats:
    """Sums the counters of one execution after the other; only a flow of one process serves them here."""

    def __init__(self, home: Path) -> None:
        self._metrics = Metrics(home)
        self._earlier = 0
        self._now = 0
        self.environment = self._metrics.environment

    @property
    def total(self) -> int:
        """What has been seen so far."""
        return self._earlier + self._now

    def next_execution(self) -> None:
        """The counters begin anew."""
        self._earlier, self._now = self.total, 0

    def read(self) -> None:
        """Take the running execution's counters, where it answers."""
        try:
            self._now = sum(int(float(count)) for count in SKIPPED.findall(self._metrics.text(5)))
        except (URLError, TimeoutError, ConnectionError):
            return
