"""Purchase instants of many customers, drawn one purchase of everybody at a time."""

from dataclasses import dataclass

import numpy as np

from simulator.instants import Floats, Integers


@dataclass(frozen=True)
class Purchases:
    """Purchases of n people (m in all), and the instant at which a coin ended each (infinity: none did)."""

    person: Integers  # (m,) index of the buyer
    nth: Integers  # (m,) 0 = the first purchase
    at: Floats  # (m,) operational days
    ended_at: Floats  # (n,) operational days


def draw_purchases(
    rng: np.random.Generator,
    first: Floats,
    limit: Floats,
    rate: Floats,
    regularity: float,
    chance: Floats,
    *,
    first_counts: bool,
) -> Purchases:
    """Draw each person's purchases from the first up to the limit (operational days, shape (n,)).

    Gaps are Gamma(k, kλ): k = `regularity` 1 is a Poisson process, more is steadier. After a purchase the
    person drops out with probability `chance` (0 for Pareto/NBD); MBG/NBD tosses that coin after the first
    purchase too, BG/NBD does not.
    """
    ended_at = np.full(first.size, np.inf)
    person, at = np.arange(first.size), first
    drawn: list[tuple[Integers, Floats]] = []
    while person.size:
        drawn.append((person, at))
        ends = rng.random(person.size) < chance[person]
        if len(drawn) > 1 or first_counts:
            ended_at[person[ends]] = at[ends]
            person, at = person[~ends], at[~ends]
        at = at + rng.standard_gamma(regularity, person.size) / (regularity * rate[person])
        inside = at < limit[person]
        person, at = person[inside], at[inside]
    return Purchases(
        person=np.concatenate([who for who, _ in drawn]),
        nth=np.repeat(np.arange(len(drawn)), [who.size for who, _ in drawn]),
        at=np.concatenate([when for _, when in drawn]),
        ended_at=ended_at,
    )
