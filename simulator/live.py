"""The shop's present: the population's changes, committed as the shop's clock advances."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from threading import Event

import psycopg

from simulator.agenda import Agenda
from simulator.change import changes
from simulator.instants import DAY_US, NEVER_US, from_datetime, to_datetime
from simulator.names import Names
from simulator.population import Population
from simulator.shop import ShopError, connect
from simulator.transaction import COUNTERS, commit

_TICK_SECONDS = 0.05
# After a machine slept, or a database was slow, the shop's clock is late; it does not race to catch up.
_STEP_SECONDS_MAX = 1.0
_REPORT_SECONDS = 10.0


def run_live(
    dsn: str, day_seconds: float = 86_400.0, days: float | None = None, stop: Event | None = None
) -> dict[str, int | str]:
    """Continue the shop from where its clock stands, a day of the shop taking `day_seconds`.

    Ends after `days` of the shop, or with the current transaction once `stop` is set. Returns the rows
    changed, by counter, and the clock. Raises ShopError if there is no history, or another run goes on.
    """
    stop = stop or Event()
    counts = Counter(dict.fromkeys(COUNTERS, 0))
    with connect(dsn) as connection:
        population, clock_us = _resume(connection)
        names = Names(population.seed)
        agenda = Agenda(changes(population, clock_us))
        end_us = NEVER_US if days is None else clock_us + round(days * DAY_US)
        report_at = time.monotonic() + _REPORT_SECONDS
        for target_us in _targets(clock_us, end_us, DAY_US / day_seconds, stop):
            for batch, clock_us in agenda.batches(target_us):
                counts.update(commit(connection, batch, clock_us, names))
                if stop.is_set():
                    break
                if time.monotonic() > report_at:
                    report_at += _REPORT_SECONDS
                    print(f"{to_datetime(clock_us):%Y-%m-%d %H:%M} {dict(counts)}", file=sys.stderr)
    return {**counts, "shop_now": to_datetime(clock_us).isoformat()}


def _resume(connection: psycopg.Connection) -> tuple[Population, int]:
    """Return the shop's population and clock; keep other runs out until the connection closes."""
    lock = "SELECT pg_try_advisory_lock(to_regclass('truth.clock')::oid::bigint)"
    (locked,) = connection.execute(lock).fetchone() or (None,)
    if locked is False:
        message = "another `live` is continuing this shop already: stop that one first"
        raise ShopError(message)
    row = locked and connection.execute("SELECT * FROM truth.population, truth.clock").fetchone()
    if not row:
        message = "the shop has no history to continue: run `python -m simulator history` first"
        raise ShopError(message)
    seed, preset, dropout, regularity, customers, days, until, shop_time = row
    population = Population(seed, preset, dropout, regularity, customers, days, from_datetime(until))
    return population, from_datetime(shop_time)


def _targets(clock_us: int, end_us: int, pace: float, stop: Event) -> Iterator[int]:
    """Yield, a tick apart, the instants the clock should reach at `pace` microseconds a second."""
    target_us, before = float(clock_us), time.monotonic()
    while target_us < end_us and not stop.wait(_TICK_SECONDS):
        now = time.monotonic()
        target_us = min(target_us + min(now - before, _STEP_SECONDS_MAX) * pace, end_us)
        before = now
        yield int(target_us)
