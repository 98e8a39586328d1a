"""Fits and predictions side by side with the archived lifetimes library: one JSON line a task, then a table.

Both run in this one process, by turns; the best of several runs counts, since other work on the machine can
only slow a run down. A task that takes long is run less often, down to once; `runs` says how often. Both
must give the same answer, or there is no ratio. Run it as: python -m benchmarks.models
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from models import BGNBD, MBGNBD, GammaGamma, ParetoNBD

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # an archived library on a newer pandas
    import lifetimes
    from lifetimes import datasets

HORIZON_DAYS = 30.0
# A modern shop, in days: its customers are the many.
MODERN = MBGNBD(r=0.9, alpha=45.0, a=0.9, b=2.5)
PATIENCE_SECONDS = 5.0
LOG_LIKELIHOOD_TOLERANCE = 1e-3
PREDICTION_TOLERANCE = 1e-9
ORDER_MODELS = (
    (BGNBD, lifetimes.BetaGeoFitter),
    (MBGNBD, lifetimes.ModifiedBetaGeoFitter),
    (ParetoNBD, lifetimes.ParetoNBDFitter),
)


class Timing(NamedTuple):
    """How long one task took by lifetimes and by our models, at best."""

    task: str
    customers: int
    runs: int
    lifetimes_ms: float
    ours_ms: float
    times_faster: float


def main() -> None:
    """Compare all fits, to CDNOW's sample and to many customers, and all predictions for the many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=25, help="runs of a task at most (%(default)s)")
    parser.add_argument(
        "--customers", type=int, nargs="+", default=[100_000, 1_000_000], help="how many are many"
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")  # lifetimes overflows here and there

    table = datasets.load_cdnow_summary_data_with_monetary_value()
    cdnow = [table[name].to_numpy(float) for name in ("frequency", "recency", "T")]
    timings = [compare_fits(cls, peer, cdnow, arguments.runs) for cls, peer in ORDER_MODELS]
    repeaters = table[table["frequency"] > 0]
    spend = [repeaters[name].to_numpy(float) for name in ("frequency", "monetary_value")]
    timings.append(compare_fits(GammaGamma, lifetimes.GammaGammaFitter, spend, arguments.runs))
    for customers in arguments.customers:
        many = drawn(customers)
        for cls, peer in ORDER_MODELS:
            timings.append(compare_fits(cls, peer, many, arguments.runs))
            timings.extend(compare_predictions(cls.fit(*many), peer(), many, arguments.runs))
    print_table(timings)


def compare_fits(cls: Any, peer: Any, columns: list[Any], runs: int) -> Timing:
    """Compare the fits of one model; ours must be as likely as lifetimes'."""

    def agree(fitter: Any, model: Any) -> bool:
        log_likelihood = -fitter._negative_log_likelihood_
        if cls is not ParetoNBD:  # whose is of all customers, not the mean of them
            log_likelihood *= columns[0].size
        if cls is not GammaGamma:  # lifetimes scales the ages, and so the densities of the orders
            log_likelihood += columns[0].sum() * np.log(fitter._scale)
        return bool(model.converged and model.log_likelihood > log_likelihood - LOG_LIKELIHOOD_TOLERANCE)

    task, size = f"fit {cls.__name__}", columns[0].size
    return compare(task, size, runs, lambda: peer().fit(*columns), lambda: cls.fit(*columns), agree)


def compare_predictions(model: Any, fitter: Any, many: list[Any], runs: int) -> list[Timing]:
    """Compare one model's predictions at the same parameters; they must be equal where lifetimes has one."""
    fitter.params_ = pd.Series(model.parameters)
    fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
    tasks: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        ("P(alive)", lambda: fitter.conditional_probability_alive(*many), lambda: model.p_alive(*many)),
        (
            "E[orders]",
            lambda: fitter.predict(HORIZON_DAYS, *many),
            lambda: model.expected_orders(HORIZON_DAYS, *many),
        ),
    ]
    if isinstance(model, ParetoNBD):  # the only one that lifetimes has it for
        probability = fitter.conditional_probability_of_n_purchases_up_to_time
        tasks.append(
            (
                "P(no order)",
                lambda: probability(0, HORIZON_DAYS, *many),
                lambda: model.p_no_order(HORIZON_DAYS, *many),
            )
        )

    def agree(theirs: Any, ours: Any) -> bool:
        known = np.isfinite(theirs)  # it overflows for customers of very many orders
        near = np.isclose(ours[known], theirs[known], rtol=PREDICTION_TOLERANCE, atol=0)
        return bool(np.mean(known) > 0.99 and np.all(near) and np.all(np.isfinite(ours)))

    name, size = type(model).__name__, many[0].size
    return [compare(f"{task} {name}", size, runs, theirs, ours, agree) for task, theirs, ours in tasks]


def compare(
    task: str,
    customers: int,
    runs: int,
    theirs: Callable[[], Any],
    ours: Callable[[], Any],
    agree: Callable[[Any, Any], bool],
) -> Timing:
    """Time two ways to do one task by turns and print the best times; exit where their answers differ."""
    print(f"{task}, {customers:,} customers …", file=sys.stderr, flush=True)
    times: list[tuple[float, float]] = []
    while len(times) < runs and sum(map(sum, times)) < PATIENCE_SECONDS:
        their_answer, their_seconds = timed(theirs)
        our_answer, our_seconds = timed(ours)
        times.append((their_seconds, our_seconds))
        if len(times) == 1 and not agree(their_answer, our_answer):
            sys.exit(f"{task}: the answers for {customers} customers differ")
    lifetimes_ms, ours_ms = (1e3 * min(column) for column in zip(*times, strict=True))
    timing = Timing(
        task,
        customers,
        len(times),
        round(lifetimes_ms, 3),
        round(ours_ms, 3),
        round(lifetimes_ms / ours_ms, 2),
    )
    print(json.dumps(timing._asdict()), flush=True)
    return timing


def timed(task: Callable[[], Any]) -> tuple[Any, float]:
    """Return the task's answer and how many seconds it took."""
    start = time.perf_counter()
    answer = task()
    return answer, time.perf_counter() - start


def print_table(timings: list[Timing]) -> None:
    """Print all timings for reading."""
    print(f"\n{'task':<22}{'customers':>10}{'lifetimes':>15}{'ours':>13}{'times faster':>14}")
    for timing in timings:
        print(
            f"{timing.task:<22}{timing.customers:>10,}{timing.lifetimes_ms:>12,.2f} ms"
            f"{timing.ours_ms:>10,.2f} ms{timing.times_faster:>14.1f}"
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


if __name__ == "__main__":
    main()
