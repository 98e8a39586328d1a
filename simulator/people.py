"""People: who arrives, how they buy, when they drop out, sign up, merge accounts or ask to be erased."""

from dataclasses import dataclass, replace

import numpy as np

from simulator.instants import DAY_US, NEVER_US, Booleans, Floats, Integers, from_days, lag_us
from simulator.preset import Preset
from simulator.purchases import Purchases, draw_purchases
from simulator.season import Season

LIFE_DAYS_MAX = 3650  # nobody stays longer; without a bound a Pareto life of s < 1 has no mean
_GUEST_SHARE = 0.15  # first orders placed without an account; those who live to sign up make about 12 %
_ERASURE_SHARE = 0.01
_ERASURE_LAG_DAYS_MAX = 365
_MERGE_LAG_DAYS_MAX = 30
_SIGNUP_LAG_DAYS = 20.0


@dataclass(frozen=True)
class People:
    """One generation's people in order of arrival; every array has shape (n,), instants in microseconds."""

    number: Integers  # 0, 1, 2 … over all generations
    rate: Floats  # λ, orders a day while alive
    dropout_rate: Floats  # μ a day; 0 unless dropout is pareto
    dropout_chance: Floats  # p after an order; 0 if dropout is pareto
    arrived_us: Integers  # the first order
    dropout_us: Integers  # τ: no order comes after it
    signup_us: Integers  # the account's creation; later than arrived_us for a guest
    merged_us: Integers  # the guest's orders move to the account; NEVER_US for those who were no guests
    erased_us: Integers

    @property
    def was_guest(self) -> Booleans:
        """Who bought as a guest before having an account."""
        return self.signup_us > self.arrived_us

    @property
    def account_id(self) -> Integers:
        """The account's row in customers."""
        return 2 * self.number + 2

    @property
    def guest_id(self) -> Integers:
        """The guest's row in customers, if there was one."""
        return 2 * self.number + 1


def draw_people(
    rng: np.random.Generator,
    preset: Preset,
    dropout: str,
    regularity: float,
    season: Season,
    number: Integers,
    span_us: tuple[int, int],
) -> tuple[People, Purchases]:
    """Draw the people who arrive within [start, end), evenly in operational time, and their purchases."""
    n = number.size
    start, end = season.operational(np.array(span_us) / DAY_US)
    first = np.sort(rng.uniform(start, end, n))
    arrived_us = np.clip(from_days(season.calendar(first)), span_us[0], span_us[1] - 1)
    rate = rng.gamma(preset.r, 1 / preset.alpha_days, n)
    none = np.zeros(n)
    if dropout == "pareto":
        chance, mu = none, rng.gamma(preset.s, 1 / preset.beta_days, n)
        life_days = np.minimum(rng.standard_exponential(n) / mu, LIFE_DAYS_MAX)
    else:
        chance, mu = rng.beta(preset.a, preset.b, n), none
        life_days = np.full(n, LIFE_DAYS_MAX)
    erased_us = _some(rng, _ERASURE_SHARE, arrived_us + lag_us(rng.uniform(1, _ERASURE_LAG_DAYS_MAX, n)))
    limit_us = np.minimum(arrived_us + lag_us(life_days), erased_us)
    limit = season.operational(limit_us / DAY_US)
    bought = draw_purchases(rng, first, limit, rate, regularity, chance, first_counts=dropout == "mbg")
    coin_us = from_days(season.calendar(np.minimum(bought.ended_at, limit)))
    dropout_us = np.where(np.isfinite(bought.ended_at), np.maximum(coin_us, arrived_us), limit_us)
    people = People(number, rate, mu, chance, arrived_us, dropout_us, arrived_us, arrived_us, erased_us)
    return _with_guests(rng, people), bought


def _with_guests(rng: np.random.Generator, people: People) -> People:
    """Let a share of the people buy as guests until they sign up, which takes a living customer."""
    n = people.number.size
    signup_us = people.arrived_us + lag_us(rng.exponential(_SIGNUP_LAG_DAYS, n))
    merged_us = signup_us + lag_us(rng.uniform(0, _MERGE_LAG_DAYS_MAX, n))
    guest = (rng.random(n) < _GUEST_SHARE) & (signup_us < people.dropout_us)
    return replace(
        people,
        signup_us=np.where(guest, signup_us, people.arrived_us),
        merged_us=np.where(guest & (merged_us < people.erased_us), merged_us, NEVER_US),
    )


def _some(rng: np.random.Generator, share: float, at_us: Integers) -> Integers:
    """Keep a random share of the instants; the others never come."""
    return np.where(rng.random(at_us.size) < share, at_us, NEVER_US)
