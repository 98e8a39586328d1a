"""The models that would have been in force: fitted again and again, each to what was known by then."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from models import MBGNBD
from models.backtest.orders import DAY_US, Orders


class Version(NamedTuple):
    """A model, and the instant from which it is in force, until that of the next version."""

    start_us: int
    model: MBGNBD


def rolling(orders: Orders, refit_days: int, report: Callable[[str], None]) -> list[Version]:
    """Fit MBG/NBD at every whole multiple of `refit_days` since 1970 to the orders before that instant.

    Where a fit is not identified the one before stays; before the first identified one there is no version.
    `report` is told of the progress. Raises ValueError where no fit is identified.
    """
    period_us = refit_days * DAY_US
    starts_us = range((orders.start_us // period_us + 1) * period_us, orders.end_us, period_us)
    versions: list[Version] = []
    reason = f"the orders do not reach from one {refit_days}-day period into the next"
    for number, start_us in enumerate(starts_us, 1):
        report(f"fit {number} of {len(starts_us)}")
        start = versions[-1].model if versions else None
        model = MBGNBD.fit(*orders.histories(start_us), start=start)
        if model.identified:
            versions.append(Version(start_us, model))
        else:
            reason = f"by {day(start_us)} {model.reason}"
    if not versions:
        msg = f"too little history for a model: {reason}"
        raise ValueError(msg)
    return versions


def day(instant_us: int) -> str:
    """Return an instant's date."""
    return datetime.fromtimestamp(instant_us / 1e6, UTC).date().isoformat()
