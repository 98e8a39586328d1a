"""The population: a pure function from a seed to everything its customers will ever do."""

from dataclasses import dataclass

import numpy as np

from simulator.instants import DAY_US, NEVER_US, Integers, from_days
from simulator.orders import REFUND_LAG_DAYS_MAX, Orders, draw_orders
from simulator.people import LIFE_DAYS_MAX, People, draw_people
from simulator.preset import PRESETS
from simulator.season import Season

DROPOUTS = ("pareto", "mbg", "bg")
_IDS_PER_PERSON = 10_000  # for orders; nobody places so many within LIFE_DAYS_MAX
_TRACE_DAYS_MAX = LIFE_DAYS_MAX + REFUND_LAG_DAYS_MAX + 35  # the last trace of a life is a refund


@dataclass(frozen=True)
class Generation:
    """The people who arrive within one span of the population, and all their orders."""

    people: People
    orders: Orders

    @property
    def buyer_id(self) -> Integers:
        """The customers row each order is placed under, shape (m,)."""
        people, who = self.people, self.orders.person
        as_guest = self.orders.placed_us < people.signup_us[who]
        return np.where(as_guest, people.guest_id[who], people.account_id[who])

    @property
    def final_order_us(self) -> Integers:
        """Each person's last order that is never cancelled, shape (n,); NEVER_US if there is none."""
        orders = self.orders.take(np.flatnonzero(self.orders.cancelled_us == NEVER_US))
        final_us = np.full(self.people.number.size, NEVER_US)
        final_us[orders.person] = orders.placed_us  # of one person's orders, the last one stays
        return final_us

    @property
    def truth(self) -> tuple[np.ndarray, ...]:
        """What the shop cannot see, as the columns of truth.customers, each of shape (n,)."""
        people = self.people
        ids = (people.account_id, np.where(people.was_guest, people.guest_id, 0))
        rates = (people.rate, people.dropout_rate, people.dropout_chance)
        return (*ids, *rates, people.arrived_us, people.dropout_us, self.final_order_us)


@dataclass(frozen=True)
class Population:
    """What determines a shop: equal fields give equal histories, bit for bit.

    Generation 0 arrives during the `days` before `until_us` and makes the shop's history; generation 1
    arrives during the `days` after it, and so on without end, `customers` people each.
    """

    seed: int
    preset: str
    dropout: str
    regularity: float
    customers: int
    days: int
    until_us: int

    @property
    def span_us(self) -> int:
        """The time one generation takes to arrive."""
        return self.days * DAY_US

    @property
    def start_us(self) -> int:
        """The instant from which the first customer can arrive."""
        return self.until_us - self.span_us

    def generations(self, from_us: int, to_us: int) -> range:
        """Return the indices of the generations that can do anything within [from, to)."""
        first = (from_us - _TRACE_DAYS_MAX * DAY_US - self.start_us) // self.span_us
        return range(max(0, first), (to_us - 1 - self.start_us) // self.span_us + 1)

    def generation(self, index: int) -> Generation:
        """Draw one generation's people and their whole lives."""
        rng = np.random.default_rng([self.seed, index])
        preset = PRESETS[self.preset]
        start_us = self.start_us + index * self.span_us
        season = Season.over(preset, start_us // DAY_US, self.days + LIFE_DAYS_MAX + 2)
        number = np.arange(self.customers) + index * self.customers
        span_us = (start_us, start_us + self.span_us)
        people, bought = draw_people(rng, preset, self.dropout, self.regularity, season, number, span_us)

        spend_rate = rng.gamma(preset.q, 1 / preset.v, self.customers)
        placed_us = np.maximum(from_days(season.calendar(bought.at)), people.arrived_us[bought.person])
        id_ = number[bought.person] * _IDS_PER_PERSON + bought.nth + 1
        ordered = np.argsort(placed_us, kind="stable")
        buyer = bought.person[ordered]
        orders = draw_orders(rng, preset, id_[ordered], buyer, spend_rate[buyer], placed_us[ordered])
        return Generation(people, orders)
