"""An analytics database that a test fills by itself, with lines as the flow would write them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
CDNOW = (0.6371, 51.17, 0.8075, 1.2284)
RECOMPUTE = Path(__file__).parents[1] / "e2e"
DAYS = (RECOMPUTE / "store_days.sql").read_text()
COHORTS = (RECOMPUTE / "store_cohorts.sql").read_text()


class Purchase(NamedTuple):
    customer_id: str
    placed_at: datetime
    value: Decimal = Decimal("10.00")
    is_order: bool = True


@dataclass
class Store:
    """The database as the flow leaves it."""

    database: psycopg.Connection
    purchases: list[Purchase] = field(default_factory=list)

    def ask(self, query, *arguments):
        """Return the lines as dictionaries, with instants in UTC.

        Python subtracts two instants of one time zone as if its clocks never changed.
        """
        with self.database.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            lines = cursor.execute(query, arguments).fetchall()
        return [{name: _in_utc(value) for name, value in line.items()} for line in lines]

    def rows(self, query, *arguments):
        return self.database.execute(query, arguments or None).fetchall()

    def describe(self, time_zone="Europe/Berlin", now=NOON):
        self.set_zone(time_zone)
        self.set_time(now)

    def set_time(self, now):
        self.database.execute(
            "INSERT INTO stream_time (now, alerts_since) VALUES (%s, %s) "
            "ON CONFLICT (one_row) DO UPDATE SET now = excluded.now",
            (now, now),
        )

    def set_zone(self, time_zone):
        self.database.execute(
            "INSERT INTO shop (currency, time_zone) VALUES ('EUR', %s) "
            "ON CONFLICT (one_row) DO UPDATE SET time_zone = excluded.time_zone",
            (time_zone,),
        )

    def adopt(self, version="cdnow", model=CDNOW):
        self.database.execute(
            "INSERT INTO models (version, family, r, alpha_days, a, b, threshold, quantile, lapse_days) "
            "VALUES (%s, 'MBG/NBD', %s, %s, %s, %s, 0.5, 0.9, 90)",
            (version, *model),
        )

    def buy(self, purchases, model_version="cdnow"):
        """Write all that the flow makes of a shop's purchases."""
        self.fill(purchases)
        self.database.execute(
            "INSERT INTO rfm (customer_id, first_purchase, latest_purchase, order_count, order_value, "
            "currency, state, state_since, model_version, version) "
            "SELECT customer_id, min(placed_at) FILTER (WHERE is_order), "
            "max(placed_at) FILTER (WHERE is_order), count(*) FILTER (WHERE is_order), sum(value), "
            "'EUR', 'ACTIVE', max(placed_at), %s, 1 FROM purchases GROUP BY customer_id "
            "HAVING bool_or(is_order)",
            (model_version,),
        )
        self.sum_up()

    def sum_up(self):
        """Write the store's windows and cohorts anew; nobody is at risk."""
        self.database.execute("TRUNCATE store_windows, store_cohorts")
        self.database.execute(
            "INSERT INTO store_windows (day, orders, revenue, refunds, "
            'new, "returning", returned_30, returned_60, reactivated, '
            f"lapsed_30, lapsed_60, lapsed_90, at_risk, execution) SELECT *, 0, 1 FROM ({DAYS}) AS days"
        )
        self.database.execute(
            "INSERT INTO store_cohorts (cohort, month, ordered, ordered_last, execution) "
            f"SELECT *, 1 FROM ({COHORTS}) AS cohorts"
        )

    def order(self, customer_id, *instants, is_order=True):
        """Write these orders into table purchases alone."""
        self.fill(Purchase(customer_id, instant, is_order=is_order) for instant in instants)

    def fill(self, purchases):
        """Write purchases, or pairs of a customer and an instant, into table purchases alone."""
        columns = "customer_id, line, order_id, placed_at, value, is_order, execution"
        with (
            self.database.cursor() as cursor,
            cursor.copy(f"COPY purchases ({columns}) FROM STDIN") as copy,
        ):
            for purchase in purchases:
                customer_id, placed_at, value, is_order = Purchase(*purchase)
                number = str(len(self.purchases))
                copy.write_row((str(customer_id), number, number, placed_at, value, is_order, 1))
                self.purchases.append(Purchase(*purchase))

    def tell_hour(self):
        """Do what analytics.hourly does once an hour."""
        with self.database.transaction():
            self.database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return self.rows("SELECT tell_hour()")[0][0]

    def orders_until(self, now):
        """Return the instants of each customer's orders until then, in order."""
        orders = defaultdict(list)
        for purchase in sorted(self.purchases, key=lambda purchase: purchase.placed_at):
            if purchase.is_order and purchase.placed_at <= now:
                orders[purchase.customer_id].append(purchase.placed_at)
        return orders


def invented(seed, time_zone, now=NOON, customers=120):
    """Return purchases full of ties, exact gaps, ends of months, refunds and orders ahead of time."""
    random = Random(seed)
    zone = ZoneInfo(time_zone)
    purchases = []
    for number in range(customers):
        placed_at = now - random.uniform(-2, 500) * DAY
        for _ in range(random.choice([1, 1, 2, 3, 5, 12])):
            value = Decimal(random.randrange(0, 20_000)) / 100
            purchases.append(Purchase(str(number), placed_at, value))
            if random.random() < 0.15:
                refunded_at = placed_at + random.choice([-1, 0, 3, 40]) * DAY
                purchases.append(Purchase(str(number), refunded_at, -round(value / 2, 2), is_order=False))
            placed_at = _next(random, placed_at, zone)
            if placed_at > now + 2 * DAY:
                break
    purchases += [Purchase("only refunds", now - DAY, Decimal(-5), is_order=False)]
    return purchases


def _in_utc(value):
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _next(random, placed_at, zone):
    kind = random.randrange(8)
    if kind == 0:
        return placed_at
    if kind == 1:
        return placed_at + random.choice([30, 60, 90]) * DAY + random.choice([-1, 0, 1]) * MICROSECOND
    if kind == 2:  # a month's first instant, or the last of the one before
        local = (placed_at.astimezone(zone) + 31 * DAY).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
        return local.astimezone(UTC) - random.choice([0, 1]) * MICROSECOND
    if kind == 3:
        return placed_at + random.uniform(0, 0.5) * DAY
    return placed_at + random.expovariate(1 / 45) * DAY
