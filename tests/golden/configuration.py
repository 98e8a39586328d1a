"""What is recorded: the sections of configurations.toml."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CONNECTOR = Path(__file__).parents[2] / "debezium" / "connector.json"
DATABASE = "golden"
PUBLICATION = "golden"
TABLES = "public.orders,public.customers,public.refunds,public.typed_orders,cdc.heartbeat"


@dataclass(frozen=True)
class Configuration:
    """One section: the connector's settings, and the scripts before its start and after its snapshot."""

    name: str
    connector: dict[str, str]
    before: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def slot(self) -> str:
        """The replication slot's name, and the connector's."""
        return f"golden_{self.name}"

    def settings(self) -> dict[str, str]:
        """Return all that Connect is told: the project's own settings, where to connect, and what differs."""
        place = {
            "database.dbname": DATABASE,
            "slot.name": self.slot,
            "publication.name": PUBLICATION,
            "table.include.list": TABLES,
        }
        return {**json.loads(CONNECTOR.read_text()), **place, **self.connector}


def configurations() -> dict[str, Configuration]:
    """Return all sections by name."""
    sections = tomllib.loads((HERE / "configurations.toml").read_text())
    return {
        name: Configuration(
            name,
            section.get("connector", {}),
            tuple(section.get("before", [])),
            tuple(section.get("changes", ["changes.sql"])),
        )
        for name, section in sections.items()
    }
