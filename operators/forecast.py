"""Forecasts of how many customers order, as they are made and once they have matured."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from models import MBGNBD, scores
from models.cells import Cells, Numbers
from operators.census import HORIZONS_DAYS

Method = Literal["model", "base_rate", "recency", "silent_30", "silent_60", "silent_90"]

_SILENT_DAYS: dict[Method, int] = {"silent_30": 30, "silent_60": 60, "silent_90": 90}


class Forecast(Struct, frozen=True, gc=False):
    """What a method said at `made_at_us` of all customers: how many of them order within the horizon.

    `ordered`, `brier` and `auc` are None until the horizon is over. `model_version` is None for the methods
    that need no model; `expected` and `brier` are None for recency, which ranks the customers and no more.
    """

    made_at_us: int
    horizon_days: int
    method: Method
    model_version: str | None
    customers: int
    expected: float | None
    ordered: int | None = None
    brier: float | None = None
    auc: float | None = None


class Reliability(Struct, frozen=True, gc=False):
    """Of a matured forecast of the model, the customers with a probability of bin / 10 to (bin + 1) / 10."""

    made_at_us: int
    horizon_days: int
    bin: int
    customers: int
    expected: float
    ordered: int


def made(at_us: int, cells: Cells, version: str, model: MBGNBD) -> list[Forecast]:
    """Return the model's forecasts at an instant, for each horizon; `cells` are as of the instant."""
    return [
        Forecast(
            at_us,
            days,
            "model",
            version,
            customers=cells.total,
            expected=float(cells.customers @ scores.forecast(model, days, cells)),
        )
        for days in HORIZONS_DAYS
    ]


def matured(
    made_at_us: int, horizon_days: int, cells: Cells, version: str, model: MBGNBD
) -> list[Forecast | Reliability]:
    """Return the forecasts of all methods beside what happened, and the bins of the model's.

    `cells` are as of the instant the forecast was made, with who ordered within the horizon since; `model`
    is the version that was in force at that instant.
    """
    p = scores.forecast(model, horizon_days, cells)
    lines: list[Forecast | Reliability] = [_scored(made_at_us, horizon_days, "model", version, p, cells)]
    lines += _baselines(made_at_us, horizon_days, cells)
    lines += [
        Reliability(made_at_us, horizon_days, number, *of_bin)
        for number, of_bin in enumerate(scores.reliability(p, cells))
    ]
    return lines


def _baselines(made_at_us: int, horizon_days: int, cells: Cells) -> Iterator[Forecast]:
    rate = scores.base_rate(horizon_days, cells)
    if rate is not None:
        yield _scored(made_at_us, horizon_days, "base_rate", None, rate, cells)
    yield Forecast(
        made_at_us,
        horizon_days,
        "recency",
        None,
        customers=cells.total,
        expected=None,
        ordered=cells.ordered_total,
        auc=scores.auc(-cells.silent_days, cells),
    )
    for method, days in _SILENT_DAYS.items():
        p = scores.silent_less_than(days, cells)
        yield _scored(made_at_us, horizon_days, method, None, p, cells)


def _scored(
    made_at_us: int, horizon_days: int, method: Method, version: str | None, p: Numbers, cells: Cells
) -> Forecast:
    return Forecast(made_at_us, horizon_days, method, version, *scores.score(p, cells))
