"""The demo's dashboard: its login, its processes, and a browser if there is one."""

import os
import subprocess
import webbrowser
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from demo.processes import free_addresses, start
from stack.endpoints import Endpoints
from stack.home import Home

LOGIN = "dashboard"


class Dashboard:
    """`python -m analytics.dashboard` on a free port, and `analytics.hourly`, which tells what it shows.

    A flow with `flow_environment` serves its metrics where the dashboard looks for them.
    """

    def __init__(self, home: Path, endpoints: Endpoints) -> None:
        own, metrics = free_addresses(2)
        self.url = f"http://{own}"
        self.log = home / "logs" / "dashboard.log"
        api = "BYTEWAX_DATAFLOW_API"
        self.flow_environment = {
            f"{api}_ENABLED": "1",
            f"{api}_PORT": metrics.partition(":")[2],
            f"{api}_CACHE_PATH": str(home / "logs"),
        }
        self._home = home
        self._endpoints = endpoints
        self._metrics_url = f"http://{metrics}/metrics"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both; the flow must have made its tables, and with them the role that may read."""
        prefix = "RETENTIONCAST_DASHBOARD_"
        settings = {
            "DSN": self._login(),
            "PORT": self.url.rpartition(":")[2],
            "METRICS_URLS": self._metrics_url,
        }
        environment = {prefix + name: value for name, value in settings.items()}
        for module in ("analytics.hourly", "analytics.dashboard"):
            self._processes.append(start([module], self._endpoints, self.log, environment=environment))

    def stop(self) -> None:
        """End what runs."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(timeout=30)

    def _login(self) -> str:
        """Make the login if it is missing; return its DSN."""
        secret = Home(self._home).secret(LOGIN)
        with psycopg.connect(self._endpoints.analytics_admin_dsn, autocommit=True) as admin:
            if admin.execute("SELECT FROM pg_roles WHERE rolname = %s", (LOGIN,)).fetchone() is None:
                statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE retentioncast_bi")
                admin.execute(statement.format(sql.Identifier(LOGIN), secret))
        return make_conninfo(self._endpoints.analytics_dsn, user=LOGIN, password=secret)


def open_browser(url: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Open the page where somebody sits who has windows; return whether it was."""
    has_windows = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    is_elsewhere = any(environment.get(name) for name in ("CI", "SSH_CONNECTION", "SSH_TTY"))
    return has_windows and not is_elsewhere and webbrowser.open(url)
