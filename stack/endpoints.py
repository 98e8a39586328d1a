"""The addresses of a running stack, for its clients."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from stack.error import StackError
from stack.home import write_private

VARIABLES = {
    "kafka_bootstrap": "RETENTIONCAST_KAFKA_BOOTSTRAP",
    "analytics_dsn": "RETENTIONCAST_ANALYTICS_DSN",
    "analytics_admin_dsn": "ANALYTICS_ADMIN_DSN",
    "shop_dsn": "SHOP_DSN",
    "shop_admin_dsn": "SHOP_ADMIN_DSN",
    "connect_url": "CONNECT_URL",
}


@dataclass(frozen=True)
class Endpoints:
    """Where to connect to; DSNs are URLs and hold passwords."""

    kafka_bootstrap: str
    connect_url: str
    shop_dsn: str
    shop_admin_dsn: str
    analytics_dsn: str
    analytics_admin_dsn: str

    def variables(self) -> dict[str, str]:
        """Return the same as environment variables."""
        return {VARIABLES[field.name]: getattr(self, field.name) for field in fields(self)}

    def save(self, home: Path) -> None:
        """Write the environment variables to the file `env` in a home, readable by its owner only."""
        write_private(home / "env", "".join(f"{name}={value}\n" for name, value in self.variables().items()))

    @classmethod
    def load(cls, home: Path) -> Self:
        """Read what `save` wrote."""
        try:
            lines = (home / "env").read_text().splitlines()
        except FileNotFoundError as error:
            message = f"There is no stack in {home}. Start one with `python -m stack up --home {home}`."
            raise StackError(message) from error
        values = dict(line.split("=", 1) for line in lines)
        return cls(**{field: values[variable] for field, variable in VARIABLES.items()})
