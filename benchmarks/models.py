"""Fits and predictions side by side with the archived lifetimes library, one JSON line a task.

Both run in this one process, by turns; the best of several runs counts, since other work on the machine can
only slow a run down. Run it as: python -m benchmarks.models
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from models import BGNBD, MBGNBD, GammaGamma, ParetoNBD

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # an archived library on a newer pandas
    import lifetimes
    from lifetimes import datasets

HORIZON_WEEKS = 39.0
# A modern shop, in days: its customers are the many.
MODERN = MBGNBD(r=0.9, alpha=45.0, a=0.9, b=2.5)


def main() -> None:
    """Print a line for each fit, to CDNOW's sample and to many customers, and for each prediction."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--runs", type=int, default=5, help="runs of a task, the best of which counts (%(default)s)"
    )
    parser.add_argument("--customers", type=int, default=100_000, help="how many are many (%(default)s)")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    table = datasets.load_cdnow_summary_data_with_monetary_value()
    cdnow = [table[name].to_numpy(float) for name in ("frequency", "recency", "T")]
    many = drawn(arguments.customers)
    for cls, peer in (
        (BGNBD, lifetimes.BetaGeoFitter),
        (MBGNBD, lifetimes.ModifiedBetaGeoFitter),
        (ParetoNBD, lifetimes.ParetoNBDFitter),
    ):
        compare_orders(cls, peer, cdnow, many, arguments.runs)
    compare(
        "fit MBGNBD",
        arguments.customers,
        arguments.runs,
        lambda: lifetimes.ModifiedBetaGeoFitter().fit(*many),
        lambda: MBGNBD.fit(*many),
    )
    repeaters = table[table["frequency"] > 0]
    spend = [repeaters[name].to_numpy(float) for name in ("frequency", "monetary_value")]
    compare(
        "fit GammaGamma",
        len(repeaters),
        arguments.runs,
        lambda: lifetimes.GammaGammaFitter().fit(*spend),
        lambda: GammaGamma.fit(*spend),
    )


def compare_orders(cls: Any, peer: Any, cdnow: list[Any], many: list[Any], runs: int) -> None:
    """Compare one model of ordering: its fit to CDNOW, and its predictions for many customers."""
    fitter, model, name = peer().fit(*cdnow), cls.fit(*cdnow), cls.__name__
    compare(f"fit {name}", cdnow[0].size, runs, lambda: peer().fit(*cdnow), lambda: cls.fit(*cdnow))
    compare(
        f"P(alive) {name}",
        many[0].size,
        runs,
        lambda: fitter.conditional_probability_alive(*many),
        lambda: model.p_alive(*many),
    )
    compare(
        f"E[orders] {name}",
        many[0].size,
        runs,
        lambda: fitter.conditional_expected_number_of_purchases_up_to_time(HORIZON_WEEKS, *many),
        lambda: model.expected_orders(HORIZON_WEEKS, *many),
    )


def drawn(customers: int) -> list[Any]:
    """Return x, t_x and T of customers drawn from a shop of two years, in whole days."""
    generator = np.random.default_rng(1)
    rate = generator.gamma(MODERN.r, 1 / MODERN.alpha, customers)
    leaves = generator.beta(MODERN.a, MODERN.b, customers)
    age = np.ceil(generator.uniform(1, 730, customers))
    x, t_x = np.zeros(customers), np.zeros(customers)
    alive = generator.random(customers) >= leaves
    while alive.any():
        order = np.ceil(t_x + generator.exponential(1 / np.maximum(rate, 1e-9)))
        alive &= order <= age
        x, t_x = x + alive, np.where(alive, order, t_x)
        alive &= generator.random(customers) >= leaves
    return [x, t_x, age]


def compare(task: str, customers: int, runs: int, theirs: Callable[[], Any], ours: Callable[[], Any]) -> None:
    """Time two ways to do one task by turns; print the best times, in milliseconds, and their ratio."""
    times = [(seconds(theirs), seconds(ours)) for _ in range(runs)]
    lifetimes_ms, ours_ms = (1e3 * min(column) for column in zip(*times, strict=True))
    line = {
        "task": task,
        "customers": customers,
        "lifetimes_ms": round(lifetimes_ms, 3),
        "ours_ms": round(ours_ms, 3),
        "times_faster": round(lifetimes_ms / ours_ms, 2),
    }
    print(json.dumps(line), flush=True)


def seconds(task: Callable[[], Any]) -> float:
    """Return how long the task takes."""
    start = time.perf_counter()
    task()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
