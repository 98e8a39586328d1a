"""Presets: the distributions a population is drawn from, in days and in the shop's currency."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """Parameters by the names the literature gives them.

    Order rates λ ~ Gamma(r, α) per day. Dropout has rates μ ~ Gamma(s, β) per day (Pareto/NBD) or is a coin
    after an order, p ~ Beta(a, b). Spend is gamma-gamma: amounts ~ Gamma(p, ν), ν ~ Gamma(q, v).
    """

    r: float
    alpha_days: float
    s: float
    beta_days: float
    a: float
    b: float
    p: float
    q: float
    v: float
    yearly: float  # amplitude of the yearly wave: 0.3 means 30 % more in its peak than on average
    weekday: tuple[float, float, float, float, float, float, float]  # Monday first, mean 1


PRESETS = {
    # A present-day web shop: one order per 50 days at the mean rate, median life 275 days, mean order 51.
    "modern": Preset(
        r=0.9,
        alpha_days=45,
        s=0.8,
        beta_days=200,
        a=0.9,
        b=2.5,
        p=2.2,
        q=3.6,
        v=60,
        yearly=0.3,
        weekday=(1.05, 1.0, 1.0, 1.0, 1.1, 0.9, 0.95),
    ),
    # The CDNOW music shop of 1997, as fitted in the literature; it is modelled without seasons.
    "cdnow": Preset(
        r=0.553,
        alpha_days=74,
        s=0.606,
        beta_days=81.7,
        a=0.793,
        b=2.43,
        p=6.25,
        q=3.74,
        v=15.4,
        yearly=0,
        weekday=(1, 1, 1, 1, 1, 1, 1),
    ),
}
