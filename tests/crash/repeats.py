"""How many alerts and rejects the flow's sinks have skipped because their topics held them already."""

import re
import urllib.request
from pathlib import Path
from urllib.error import URLError

from demo.processes import free_addresses

SKIPPED = re.compile(rb"^retentioncast_sink_repeats_total\{.*\} (\S+)$", re.MULTILINE)


class Repeats:
    """Sums the counters of one execution after the other; only a flow of one process serves them here."""

    def __init__(self, home: Path) -> None:
        self._address = free_addresses(1)[0]
        self._earlier = 0
        self._now = 0
        self.environment = {
            "BYTEWAX_DATAFLOW_API_ENABLED": "1",
            "BYTEWAX_DATAFLOW_API_PORT": self._address.rpartition(":")[2],
            "BYTEWAX_DATAFLOW_API_CACHE_PATH": str(home),
        }

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
            with urllib.request.urlopen(f"http://{self._address}/metrics", timeout=5) as answer:
                self._now = sum(int(float(count)) for count in SKIPPED.findall(answer.read()))
        except (URLError, TimeoutError, ConnectionError):
            return
