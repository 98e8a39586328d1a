"""The shop's past: everything before one instant, written in one transaction."""

import sys
from collections.abc import Iterable
from dataclasses import astuple
from datetime import datetime
from itertools import islice
from pathlib import Path

import psycopg

from simulator import snapshot
from simulator.instants import to_datetime
from simulator.names import Names
from simulator.population import Population
from simulator.shop import ShopError, connect

_TRUTH_SQL = Path(__file__).with_name("truth.sql")
_LINES_PER_WRITE = 20_000


def stop_clock(dsn: str) -> datetime:
    """Let the clock of an empty shop stand still, for a history to end at; return where it stands.

    A connector may be asking for the time already and must not see it go back when the history is there: so
    it stops a little ahead. Raises ShopError like write_history.
    """
    with connect(dsn) as connection, connection.transaction():
        _require_empty(connection)
        ahead = "SELECT date_trunc('second', cdc.shop_now()) + interval '2 seconds'"
        until: datetime = connection.execute(ahead).fetchall()[0][0]
        _replace_clock(connection, until)
    return until


def write_history(dsn: str, population: Population) -> dict[str, int | str]:
    """Fill an empty shop with the population's history and set its clock to the history's end.

    Returns the rows written to each table. Raises ShopError if the shop is not empty or not prepared.
    """
    generation = population.generation(0)
    names, until_us = Names(population.seed), population.until_us
    until = to_datetime(until_us)
    with connect(dsn) as connection, connection.transaction():
        _require_empty(connection)
        _replace_clock(connection, until)
        connection.execute("TRUNCATE truth.population, truth.customers")
        *settings, _ = astuple(population)
        connection.execute(
            "INSERT INTO truth.population VALUES (%s, %s, %s, %s, %s, %s, %s)", [*settings, until]
        )
        _copy(connection, "truth.customers", snapshot.truth(generation))
        customers = _copy(
            connection,
            "customers (id, email, name, created_at, merged_into)",
            snapshot.customers(generation, names, until_us),
        )
        orders = _copy(
            connection,
            "orders (id, customer_id, status, total, refunded, placed_at)",
            snapshot.orders(generation, until_us),
        )
    return {"customers": customers, "orders": orders, "shop_now": until.isoformat()}


def _replace_clock(connection: psycopg.Connection, shop_time: datetime) -> None:
    connection.execute(_TRUTH_SQL.read_bytes())
    connection.execute("DELETE FROM truth.clock")  # TRUNCATE would make those wait who ask for the time
    connection.execute("INSERT INTO truth.clock VALUES (%s)", [shop_time])


def _require_empty(connection: psycopg.Connection) -> None:
    if connection.execute("SELECT 1 FROM customers LIMIT 1").fetchone():
        message = (
            "the shop already has customers. `live` continues their history; "
            "for another one, empty the shop first: TRUNCATE customers, orders"
        )
        raise ShopError(message)


def _copy(connection: psycopg.Connection, target: str, lines: Iterable[str]) -> int:
    lines = iter(lines)
    written = 0
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        while chunk := list(islice(lines, _LINES_PER_WRITE)):
            copy.write("".join(chunk))
            written += len(chunk)
            print(f"{target.partition(' ')[0]}: {written:,} rows", file=sys.stderr)
    return written
