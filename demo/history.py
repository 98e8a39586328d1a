"""The shop's first year, written before anything captures it."""

from pathlib import Path

import psycopg

from demo.processes import start
from stack.part import say
from stack.stack import Stack

DAYS = 365


def write_history(stack: Stack, log: Path, *, customers: int, seed: int) -> None:
    """Fill an empty shop with a year of customers; one that has some is taken up where it stood.

    The connector comes after it, as to a shop that has lived before it was watched: Debezium's snapshot reads
    the history, and the heartbeats follow.
    """
    stack.start_databases()
    endpoints = stack.endpoints()
    with psycopg.connect(endpoints.shop_dsn) as shop:
        if shop.execute("SELECT 1 FROM customers LIMIT 1").fetchone():
            say("simulator: the shop has customers already; it goes on where it stood")
            return
    say(f"simulator: writing a year of {customers:,} customers")
    population = ["--customers", str(customers), "--seed", str(seed), "--days", str(DAYS)]
    if start(["simulator", "history", *population], endpoints, log).wait() != 0:
        message = f"the simulator could not write the history: see {log}"
        raise RuntimeError(message)
