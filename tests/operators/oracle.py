"""The plain way to the same answers: final orders, sorted, one formula at a time, in floating point."""

import math
from datetime import timedelta

MODEL = (0.6371, 51.17, 0.8075, 1.2284)  # r, alpha, a, b in days
THRESHOLD, QUANTILE, LAPSE_DAYS = 0.5, 0.9, 90
DAY_US = 86_400_000_000
MICROSECOND = timedelta(microseconds=1)


def at_risk_at_us(placed, model=MODEL):
    """T* of the silence after the last of `placed` (instants in microseconds, sorted), MBG/NBD."""
    r, alpha, a, b = model
    x = len(placed) - 1
    t_x = (placed[-1] - placed[0]) / DAY_US
    age = (alpha + t_x) * ((b + x) / a * (1 - THRESHOLD) / THRESHOLD) ** (1 / (r + x)) - alpha
    return placed[0] + max(age, t_x) * DAY_US


def first_at_risk_us(placed, versions):
    """The first instant of the silence after the last of `placed` at which the version in force says so.

    `versions`: [(in force from, model)], in order; the first of them is in force from the beginning.
    """
    for i, (since_us, model) in enumerate(versions):
        at_us = max(at_risk_at_us(placed, model), placed[-1], since_us if i else 0)
        if i + 1 == len(versions) or at_us < versions[i + 1][0]:
            return at_us
    return None


def overdue_at_us(placed):
    """The end of the Lomax gap quantile after the last order."""
    r, alpha, _, _ = MODEL
    x = len(placed) - 1
    t_x = (placed[-1] - placed[0]) / DAY_US
    return placed[-1] + (alpha + t_x) * ((1 - QUANTILE) ** (-1 / (r + x)) - 1) * DAY_US


def p_alive(placed, now_us):
    """P(alive) at `now_us`, MBG/NBD."""
    r, alpha, a, b = MODEL
    x = len(placed) - 1
    t_x, age = (placed[-1] - placed[0]) / DAY_US, (now_us - placed[0]) / DAY_US
    return 1 / (1 + a / (b + x) * math.exp((r + x) * math.log((alpha + age) / (alpha + t_x))))


def alerts(orders, since_us, now_us, versions=((0, MODEL),)):
    """{(last order, instant)} for every silence crossed after `since_us` and before the next order or now."""
    orders = sorted(orders, key=lambda order: (order[1], order[0]))
    found = set()
    for i, (order_id, _) in enumerate(orders):
        crossed = first_at_risk_us([placed for _, placed in orders[: i + 1]], versions)
        is_ended_first = i + 1 < len(orders) and orders[i + 1][1] <= crossed
        if since_us < crossed <= now_us and not is_ended_first:
            found.add((order_id, round(crossed)))
    return found
