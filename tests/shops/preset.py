"""The shop files, read as plain TOML: what is tested here is not the code that reads them for the flow."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PLATFORMS = ["saleor", "medusa", "spree"]
# In each section, the keys that name a column.
COLUMNS = {
    "orders": ["id", "customer", "status", "placed_at", "total", "refunded", "currency", "deleted"],
    "customers": ["id", "merged_into", "deleted"],
    "adjustments": ["id", "order", "amount", "status", "deleted"],
}

Preset = dict[str, Any]


def load(name: str) -> Preset:
    return tomllib.loads((FOLDER.parents[1] / "shops" / f"{name}.toml").read_text())


def parts(preset: Preset) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sections that name a table of the shop's own, each with its name."""
    yield "orders", preset["orders"]
    yield "customers", preset["customers"]
    for adjustments in preset.get("adjustments", []):
        yield "adjustments", adjustments


def columns(preset: Preset) -> dict[tuple[str, str], str]:
    """(table, key) of each column that is read, and the column's name."""
    return {
        (part["table"], key): part[key]
        for section, part in parts(preset)
        for key in COLUMNS[section]
        if key in part
    }
