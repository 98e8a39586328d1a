"""The plain way to the same answers: final orders, sorted, one formula at a time, in floating point."""

import math

R, ALPHA, A, B = 0.6371, 51.17, 0.8075, 1.2284
THRESHOLD, QUANTILE, LAPSE_DAYS = 0.5, 0.9, 90
DAY_US = 86_400_000_000


def at_risk_at_us(placed):
    """T* of the silence after the last of `placed` (instants in microseconds, sorted), MBG/NBD."""
    x = len(placed) - 1
    t_x = (placed[-1] - placed[0]) / DAY_US
    age = (ALPHA + t_x) * ((B + x) / A * (1 - THRESHOLD) / THRESHOLD) ** (1 / (R + x)) - ALPHA
    return placed[0] + max(age, t_x) * DAY_US


def overdue_at_us(placed):
    """The end of the Lomax gap quantile after the last order."""
    x = len(placed) - 1
    t_x = (placed[-1] - placed[0]) / DAY_US
    return placed[-1] + (ALPHA + t_x) * ((1 - QUANTILE) ** (-1 / (R + x)) - 1) * DAY_US


def p_alive(placed, now_us):
    """P(alive) at `now_us`, MBG/NBD."""
    x = len(placed) - 1
    t_x, age = (placed[-1] - placed[0]) / DAY_US, (now_us - placed[0]) / DAY_US
    return 1 / (1 + A / (B + x) * math.exp((R + x) * math.log((ALPHA + age) / (ALPHA + t_x))))


def alerts(orders, since_us, now_us):
    """{(last order, instant)} for every silence crossed after `since_us` and before the next order or now."""
    orders = sorted(orders, key=lambda order: (order[1], order[0]))
    found = set()
    for i, (order_id, _) in enumerate(orders):
        crossed = at_risk_at_us([placed for _, placed in orders[: i + 1]])
        is_ended_first = i + 1 < len(orders) and orders[i + 1][1] <= crossed
        if since_us < crossed <= now_us and not is_ended_first:
            found.add((order_id, round(crossed)))
    return found
