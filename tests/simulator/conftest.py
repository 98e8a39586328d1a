import hashlib
import os
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from simulator.instants import from_datetime
from simulator.population import Population

ROOT = Path(__file__).parents[2]
UNTIL = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
USUAL = {
    "seed": 1,
    "preset": "modern",
    "dropout": "pareto",
    "regularity": 1.0,
    "customers": 20_000,
    "days": 365,
    "until_us": from_datetime(UNTIL),
}


def population(**changed):
    return Population(**(USUAL | changed))


def digest(generation):
    """A hash of every array of a generation, bit for bit."""
    hashed = hashlib.sha256()
    for part in (generation.people, generation.orders):
        for field in fields(part):
            array = getattr(part, field.name)
            hashed.update(f"{field.name} {array.dtype} {array.shape}".encode())
            hashed.update(array.tobytes())
    return hashed.hexdigest()


def simulator(*arguments, **options):
    """Run `python -m simulator` to its end; an option dsn is its shop."""
    environment = {name: value for name, value in os.environ.items() if name != "SHOP_DSN"}
    dsn = {"SHOP_DSN": options["dsn"]} if "dsn" in options else {}
    return subprocess.run(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=ROOT,
        env=environment | dsn,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def database(postgres):
    """The name of an empty shop's database, prepared as `python -m stack up` does."""
    name, server = f"shop_{uuid4().hex}", postgres.postgres
    with psycopg.connect(server.dsn("postgres", "postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER shop")
        server.run_sql(ROOT / "simulator" / "shop.sql", name, "shop")
        server.run_sql(ROOT / "debezium" / "postgres.sql", name, "postgres")
        server.run_sql(ROOT / "stack" / "simulated_clock.sql", name, "postgres")
        yield name
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def dsn(postgres, database):
    """How the simulator connects to that shop."""
    return postgres.postgres.dsn("shop", database)
