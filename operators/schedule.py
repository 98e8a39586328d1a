"""The rules over time: which version is in force, what it makes of a silence, what an alert must be worth."""

from bisect import bisect_right

from models import MBGNBD
from operators.instant import DAY_US
from operators.rfm import Rfm
from operators.risk import Risk


class Schedule:
    """The rules of risk over stream time: those given at first, then each version that was adopted.

    A version is in force from its `effective_from_us` on, for a customer a little later: `delay_us` spreads
    an adoption over the customers, so that not all must be looked at in one moment.
    """

    def __init__(self, first: Risk) -> None:
        self._risks = [first]
        self._effective_us: list[int] = []
        self._least_cents: dict[int, int] = {}  # by UTC day, where its alerts are limited

    def at(self, now_us: int | None, delay_us: int = 0) -> Risk:
        """Return the rules in force at an instant; before the first heartbeat the first."""
        return self._risks[self.in_force(now_us, delay_us)]

    def in_force(self, now_us: int | None, delay_us: int = 0) -> int:
        """Return how many versions have come into force by an instant."""
        return 0 if now_us is None else bisect_right(self._effective_us, now_us - delay_us)

    def adopt(self, model: MBGNBD, model_version: str, effective_from_us: int) -> None:
        """Have a model be in force from an instant on."""
        place = bisect_right(self._effective_us, effective_from_us)
        self._effective_us.insert(place, effective_from_us)
        self._risks.insert(place + 1, self._risks[0].with_model(model, model_version))

    def limit(self, day: int, least_cents: int) -> None:
        """Have alerts of a UTC day that are worth less be suppressed; days count from 1970."""
        self._least_cents[day] = least_cents

    def least_cents(self, at_us: int) -> int:
        """Return the least value at risk of an alert that is raised at an instant and not suppressed."""
        return self._least_cents.get(at_us // DAY_US, 0)

    def crossing(
        self, rfm: Rfm, ended_us: int, delay_us: int = 0, known: int | None = None
    ) -> tuple[int, Risk] | None:
        """Return the first instant of a silence at which the rules then in force say AT_RISK, and the rules.

        Rules that would not tell of it (`Risk.is_told_of`) do not count. `known`: as it was when only so many
        versions had come into force; None for all.

        The silence follows the last order of `rfm` and ends at `ended_us`; None where nothing is crossed.
        Where a version comes into force that would have said so earlier, the instant is that of its coming.
        """
        since_us = rfm.latest_us
        known = len(self._effective_us) if known is None else known
        place = min(self.in_force(since_us, delay_us), known)
        while since_us < ended_us:
            is_last = place == known
            until_us = ended_us if is_last else min(ended_us, self._effective_us[place] + delay_us)
            risk = self._risks[place]
            crossed_us = risk.crossings(rfm).at_risk_at_us if risk.is_told_of(rfm) else None
            if crossed_us is not None and crossed_us < until_us:
                return max(crossed_us, since_us), risk
            since_us, place = until_us, place + 1
        return None
