"""The analytics database's tables as a Bytewax sink."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition
from typing_extensions import override

from analytics.migrate import migrate
from connectors import forecast_table, metrics, rfm_table
from connectors.database import DATA_AT_FAULT, Database
from connectors.rfm_table import Item
from operators.risk import Risk
from operators.row import Gone, Row, StreamTime
from operators.shop import Shop
from operators.version import Version

OnReject = Callable[[Item, Exception], None]

# What is wrong with the data, not with the database. The last two: a lone surrogate, and more than 64 bits.
BAD_DATA = (*DATA_AT_FAULT, UnicodeEncodeError, OverflowError)

log = logging.getLogger(__name__)


class PostgresSink(FixedPartitionedSink[Item, None]):
    """Commits each batch: the newest line of each customer, histories, the store's days, the time.

    Replays do no harm: they write the lines anew. A line that an earlier start of the flow still tries to
    write does not replace a later one's, and stream time never goes backward. With several `parts`, each a
    connection, stream time may be seen a moment before lines that another part writes.

    :arg dsn: the database; its schema is brought up to date at the start.
    :arg rules: the rules of risk, which hold for every version of the model.
    :arg on_reject: is told of a line that Postgres cannot hold; by default table `rejected_rows` keeps it.

    Raises DatabaseUnavailableError or DatabaseRefusedError, so that the epoch does not close.
    """

    def __init__(self, dsn: str, parts: int, rules: Risk, on_reject: OnReject | None = None) -> None:
        self._dsn = dsn
        self._parts = parts
        self._rules = rules
        self._on_reject = on_reject

    @override
    def list_parts(self) -> list[str]:
        _migrated(self._dsn).close()
        return [f"{part:02}" for part in range(self._parts)]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: None) -> "_Part":
        database = Database(self._dsn, rfm_table.prepare)
        metrics.MODEL_FITTED.set(database.run(forecast_table.latest_fit_s))
        return _Part(database, database.run(rfm_table.next_execution), self._rules, self._on_reject)


class _Part(StatefulSinkPartition[Item, None]):
    """One connection."""

    def __init__(self, database: Database, execution: int, rules: Risk, on_reject: OnReject | None) -> None:
        self._database = database
        self._execution = execution
        self._rules = rules
        self._on_reject = on_reject or self._set_aside

    @override
    def write_batch(self, values: list[Item]) -> None:
        lines = {value.customer_id: value for value in values if isinstance(value, Row | Gone)}
        others = [value for value in values if not isinstance(value, Row | Gone | StreamTime)]
        times = [value for value in values if isinstance(value, StreamTime)]
        # Versions before the lines that name them, and time last: also where the batch has to be divided.
        self._write([*others, *lines.values(), *times[-1:]])

    @override
    def snapshot(self) -> None:
        """Return nothing: all is committed, and what comes again is harmless."""

    @override
    def close(self) -> None:
        self._database.close()

    def _write(self, items: Sequence[Item]) -> None:
        """Write the items; where some cannot be, halve until each of these stands alone, and reject it."""
        try:
            write = partial(rfm_table.write, items=items, execution=self._execution, rules=self._rules)
            self._database.run(write)
        except BAD_DATA as error:
            if len(items) == 1:
                log.warning("Postgres cannot hold %r: %s", items[0], error)
                metrics.TABLE_REJECTS.inc()
                self._on_reject(items[0], error)
                return
            middle = len(items) // 2
            self._write(items[:middle])
            self._write(items[middle:])
        else:
            metrics.TABLE_WRITES.inc(len(items))
            if any(isinstance(item, Version) for item in items):
                metrics.MODEL_FITTED.set(self._database.run(forecast_table.latest_fit_s))
            if items and isinstance(items[-1], StreamTime):
                metrics.STREAM_TIME.set(items[-1].now_us / 1e6)

    def _set_aside(self, item: Item, error: Exception) -> None:
        self._database.run(partial(rfm_table.set_aside, item=item, error=error))


def record(dsn: str, shop: Shop, risk: Risk) -> datetime | None:
    """Keep what the lines' `model_version` stands for, and what their days and currency are.

    Return since when alerts are published, as far as an earlier start of the flow has told. Killed before its
    first snapshot, it has left that here alone, and has told alerts already.
    """
    database = _migrated(dsn)
    database.run(partial(rfm_table.record_shop, shop=shop))
    database.run(partial(rfm_table.record_model, risk=risk))
    alerts_since = database.run(rfm_table.alerts_since)
    database.close()
    return alerts_since


def _migrated(dsn: str) -> Database:
    """Return the database, its schema brought up to date."""
    database = Database(dsn)
    database.run(migrate)
    return database
