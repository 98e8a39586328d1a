"""When a silent customer becomes overdue, at risk, lapsed.

All three instants are fixed by the customer's orders alone: nobody has to look again until one is reached.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import MBGNBD
from models.cells import Cells
from models.elementwise import Floats
from operators.instant import DAY_US
from operators.rfm import Rfm

State = Literal["ACTIVE", "OVERDUE", "AT_RISK", "LAPSED"]

END_OF_TIME_US = 253_402_300_799_000_000  # 9999-12-31: an instant beyond it is never reached
FREQUENCIES_TABLED = 1024
VALUED_DAYS = 90
VALUE_MOST_CENTS = 10**17  # a model may be as strange as it likes; tables hold no more


class Crossings(NamedTuple):
    """When a customer who stays silent changes state, in UTC microseconds; None is never."""

    overdue_at_us: int | None
    at_risk_at_us: int | None
    lapsed_at_us: int


class Risk:
    """The rules of risk: a lifetime model (unit: days), two probabilities and a number of days.

    OVERDUE when the gap has outlasted the `quantile` of the customer's gaps, AT_RISK when P(alive) has fallen
    to `threshold`, LAPSED after `lapse_days` of silence. An alert is raised at AT_RISK only where P(alive)
    had been at `threshold` + `hysteresis` or above: whom an order hardly lifts is not told of after each.

    The model's closed forms are linear in t_x with factors that depend on the frequency alone,
    T*(x, t_x) = (α + t_x)·f(x) − α and Δ(x, t_x) = (α + t_x)·g(x), so one multiplication a customer
    is left (MBG/NBD: Batislam, Denizel & Filiztekin 2007, solved for T).
    """

    def __init__(
        self,
        model: MBGNBD,
        model_version: str,
        *,
        threshold: float,
        quantile: float,
        lapse_days: int,
        hysteresis: float = 0.0,
    ) -> None:
        self.model = model
        self.model_version = model_version
        self.threshold = threshold
        self.quantile = quantile
        self.lapse_days = lapse_days
        self.hysteresis = hysteresis
        self._alpha_days = float(model.alpha)
        self._least_hope = threshold + hysteresis
        frequencies = np.arange(FREQUENCIES_TABLED)
        self._factors = list(zip(*self._factors_of(frequencies), strict=True))
        self._rare_factors = lru_cache(maxsize=4096)(self._factors_of_one)

    def with_model(self, model: MBGNBD, model_version: str) -> "Risk":
        """Return the same rules on another model."""
        return Risk(
            model,
            model_version,
            threshold=self.threshold,
            quantile=self.quantile,
            lapse_days=self.lapse_days,
            hysteresis=self.hysteresis,
        )

    def crossings(self, rfm: Rfm) -> Crossings:
        """Return when this customer, if silent from now on, crosses into each state."""
        frequency = rfm.order_count - 1
        alive_factor, gap_factor = (
            self._factors[frequency] if frequency < FREQUENCIES_TABLED else self._rare_factors(frequency)
        )
        recency_days = (rfm.latest_us - rfm.first_us) / DAY_US
        age_days = (self._alpha_days + recency_days) * alive_factor - self._alpha_days
        gap_days = (self._alpha_days + recency_days) * gap_factor
        return Crossings(
            _after(rfm.latest_us, gap_days),
            _after(rfm.latest_us, max(0.0, age_days - recency_days)),
            self.lapsed_at_us(rfm),
        )

    def lapsed_at_us(self, rfm: Rfm) -> int:
        """Return when this customer, if silent, has lapsed by the shop's own rule."""
        return rfm.latest_us + self.lapse_days * DAY_US

    def is_told_of(self, rfm: Rfm) -> bool:
        """Return whether P(alive) right after the last order was high enough for its fall to be an alert.

        It is (b + x) / (a + b + x), whenever the order came.
        """
        return bool(self._is_told_of(rfm.frequency))

    def is_alerted(self, histories: Cells) -> NDArray[np.bool_]:
        """Return whose silence is one to be alerted of as AT_RISK; of those who have lapsed none is."""
        crossed_days = self.model.alive_until(self.threshold, histories.x, histories.t_x)
        is_at_risk = (crossed_days <= histories.T) & (histories.silent_days < self.lapse_days)
        is_alerted: NDArray[np.bool_] = is_at_risk & self._is_told_of(histories.x)
        return is_alerted

    def value_at_risk_cents(self, rfm: Rfm, at_us: int) -> int:
        """Return what the shop stands to lose within 90 days: risk × mean order value × orders if alive.

        The orders are expected at the posterior mean of the customer's rate, (r + x) / (α + T).
        """
        age_days = (at_us - rfm.first_us) / DAY_US
        orders = VALUED_DAYS * (self.model.r + rfm.frequency) / (self.model.alpha + age_days)
        value = (1 - self.threshold) * orders * rfm.cents / rfm.order_count
        return min(max(0, round(value)), VALUE_MOST_CENTS)

    def _is_told_of(self, frequency: Floats) -> Floats:
        stayed = self.model.b + frequency
        return stayed >= self._least_hope * (self.model.a + stayed)

    def _factors_of(self, frequencies: np.ndarray) -> tuple[list[float], list[float]]:
        alpha = self._alpha_days
        alive = (self.model.alive_until(self.threshold, frequencies, 0.0) + alpha) / alpha
        gap = self.model.gap_quantile(self.quantile, frequencies, 0.0) / alpha
        return alive.tolist(), gap.tolist()

    def _factors_of_one(self, frequency: int) -> tuple[float, float]:
        alive, gap = self._factors_of(np.array([frequency]))
        return alive[0], gap[0]


def state_at(crossings: Crossings, latest_us: int, now_us: int | None) -> tuple[State, int]:
    """Return the highest state reached at `now_us`, and since when; ACTIVE since the last order."""
    if now_us is not None:
        if crossings.lapsed_at_us <= now_us:
            return "LAPSED", crossings.lapsed_at_us
        if crossings.at_risk_at_us is not None and crossings.at_risk_at_us <= now_us:
            return "AT_RISK", crossings.at_risk_at_us
        if crossings.overdue_at_us is not None and crossings.overdue_at_us <= now_us:
            return "OVERDUE", crossings.overdue_at_us
    return "ACTIVE", latest_us


def next_after(crossings: Crossings, now_us: int | None) -> int | None:
    """Return the first crossing that is still ahead of `now_us`, None when all are behind."""
    ahead = [at for at in crossings if at is not None and (now_us is None or at > now_us)]
    return min(ahead) if ahead else None


def _after(instant_us: int, days: float) -> int | None:
    crossing_us = instant_us + days * DAY_US
    return round(crossing_us) if crossing_us < END_OF_TIME_US else None
