"""Customers whose silence crosses into risk at an instant that is given."""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from operators.instant import DAY_US
from operators.rfm import Rfm
from operators.risk import Risk

ORDERS_MAX = 3
GAP_MEAN_DAYS = 25.0
BACKGROUND_DAYS = (1, 60)


class Customer(NamedTuple):
    """A customer and the instants of their orders."""

    id: int
    placed_us: list[int]


def placed_us(risk: Risk, gaps_us: Sequence[int], crossing_us: int) -> list[int]:
    """Return when orders with these gaps between them must be placed for an alert at `crossing_us`.

    How long a silence lasts until it is alerted depends on the gaps before it, not on when they were.
    """
    since_first_us = [0, *accumulate(gaps_us)]
    latest_us = since_first_us[-1]
    crossings = risk.crossings(Rfm(0, latest_us, len(since_first_us), 0, ""))
    instants_us = (crossings.at_risk_at_us, crossings.lapsed_at_us)
    alerted_us = min(at_us for at_us in instants_us if at_us is not None)
    return [at_us + crossing_us - alerted_us for at_us in since_first_us]


def customers(risk: Risk, first_id: int, crossings_us: Iterable[int], seed: int) -> Iterator[Customer]:
    """Yield a customer of one to three orders for each instant at which one is to be alerted."""
    draw = random.Random(seed)  # noqa: S311
    for customer_id, crossing_us in enumerate(crossings_us, first_id):
        gaps = draw.randrange(ORDERS_MAX)
        gaps_us = [round(draw.expovariate(1 / (GAP_MEAN_DAYS * DAY_US))) for _ in range(gaps)]
        yield Customer(customer_id, placed_us(risk, gaps_us, crossing_us))


def steady(since_us: int, until_us: int, count: int) -> list[int]:
    """Return so many instants, the same time apart; half of it lies before the first and after the last."""
    return [since_us + (until_us - since_us) * (2 * number + 1) // (2 * count) for number in range(count)]


def elsewhere(now_us: int, count: int, seed: int) -> list[int]:
    """Return so many instants within two months of now, before and after, none of them within a day."""
    draw = random.Random(seed)  # noqa: S311
    return [
        now_us + round(draw.choice((-1, 1)) * draw.uniform(*BACKGROUND_DAYS) * DAY_US) for _ in range(count)
    ]
