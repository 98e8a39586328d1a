"""The metrics of a flow of one process."""

import urllib.request
from pathlib import Path

from demo.processes import free_addresses


class Metrics:
    """The address at which a flow with this `environment` serves them; Bytewax writes a file to `home`."""

    def __init__(self, home: Path) -> None:
        [self._address] = free_addresses(1)
        api = "BYTEWAX_DATAFLOW_API"
        port = self._address.partition(":")[2]
        self.environment = {f"{api}_ENABLED": "1", f"{api}_PORT": port, f"{api}_CACHE_PATH": str(home)}

    def text(self, timeout_seconds: float = 10) -> str:
        """Return them as Prometheus reads them; OSError where no flow answers."""
        with urllib.request.urlopen(f"http://{self._address}/metrics", timeout=timeout_seconds) as answer:
            return answer.read().decode()
