"""The store's windows the plain way: every order of every customer, one question at a time."""

import math
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.operators import oracle

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = (
    *("orders", "cents", "refunded_cents", "new", "returning", "returned_30", "returned_60", "reactivated"),
    *("lapsed_30", "lapsed_60", "lapsed_90", "at_risk"),
)


def local_day(instant_us, time_zone):
    """Days from 1970-01-01 to the local date of an instant."""
    at = (EPOCH + timedelta(microseconds=instant_us)).astimezone(ZoneInfo(time_zone))
    return (at.date() - date(1970, 1, 1)).days


def days(accounts, versions_of, time_zone="UTC", rules=oracle.DEFAULTS):
    """{day: {column: sum}} where anything was there, or will be if nobody orders.

    `accounts`: the orders by customer; `versions_of`: a customer's versions in force by now.
    """
    found = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))

    def day(at_us):
        return local_day(at_us, time_zone)

    for customer_id, orders in accounts.items():
        for order in orders:
            found[day(order.placed_us)]["orders"] += order.counted
            found[day(order.placed_us)]["cents"] += order.cents if order.counted else 0
            found[day(order.placed_us)]["refunded_cents"] -= 0 if order.counted else order.cents
        counted = sorted((o for o in orders if o.counted), key=lambda o: (o.placed_us, o.id))
        placed = [order.placed_us for order in counted]
        for before_us, placed_us in pairwise([-math.inf, *placed]):
            _count_arrival(found[day(placed_us)], placed_us, before_us, day)
        for number, ended_us in enumerate([*placed[1:], math.inf][: len(placed)], 1):
            for days in (30, 60, 90):
                lapsed_us = placed[number - 1] + days * oracle.DAY_US
                if lapsed_us <= ended_us:
                    found[day(lapsed_us)][f"lapsed_{days}"] += 1
            raised = oracle.first_raised(placed[:number], versions_of(customer_id), rules)
            if not raised.is_lapsed and raised.at_us < ended_us:
                found[day(raised.at_us)]["at_risk"] += 1
    return {day: sums for day, sums in found.items() if any(sums.values())}


def _count_arrival(sums, placed_us, before_us, day):
    gap_us = placed_us - before_us
    if gap_us == math.inf:
        sums["new"] += 1
        return
    for days, column in ((30, "returned_30"), (60, "returned_60"), (90, "reactivated")):
        sums[column] += gap_us >= days * oracle.DAY_US
    sums["returning"] += gap_us < 90 * oracle.DAY_US and day(before_us) != day(placed_us)


def cohorts(accounts, time_zone="UTC"):
    """{(cohort, month): [who ordered, who ordered last]} by days of the months' beginnings."""
    found = defaultdict(lambda: [0, 0])
    for orders in accounts.values():
        months = sorted({month_of(order.placed_us, time_zone) for order in orders if order.counted})
        for month in months:
            found[months[0], month][0] += 1
            found[months[0], month][1] += month == months[-1]
    return dict(found)


def month_of(instant_us, time_zone):
    at = (EPOCH + timedelta(microseconds=instant_us)).astimezone(ZoneInfo(time_zone))
    return (at.date().replace(day=1) - date(1970, 1, 1)).days


class StoreTable:
    """The tables of the store in memory: what they hold after all that was told of its windows."""

    def __init__(self):
        self.lines, self.cohorts = {}, {}

    def take(self, told):
        """Do what one item says."""
        if told.is_whole:
            self.lines, self.cohorts = {}, {}
        for lines, windows in ((self.lines, told.days), (self.cohorts, told.cohorts)):
            for key, sums in windows.items():
                lines.pop(key, None)
                if any(sums):
                    lines[key] = list(sums)

    def days(self):
        """{day: {column: sum}}."""
        return {day: dict(zip(COLUMNS, sums, strict=True)) for day, sums in self.lines.items()}
