"""How long the flow stands still while a million customers are counted, and taken up by another version.

One worker, one JSON line: the longest and the mean step of stream time, a second each, in the quarter of an
hour of the census and in that of the adoption, against steps in which little is due. Run it as:
python -m benchmarks.adoption
"""

import argparse
import gc
import json
import time
from collections import Counter

import numpy as np

from models import MBGNBD
from operators.census import CENSUS_US, LEAD_US, SPREAD_US, Part
from operators.clock import Heartbeat, Progress
from operators.customer import Lifecycle, Output
from operators.customers import CustomerShard
from operators.group import GROUP, number_of
from operators.instant import DAY_US
from operators.policy import Policy
from operators.rfm import Customer, Order
from operators.risk import Risk
from operators.row import Row
from operators.schedule import Schedule
from operators.version import Version

GROUPS = 8192
CENSUS_AT_US = 700 * CENSUS_US
SECOND_US = 1_000_000
MODEL = MBGNBD(r=0.9, alpha=45.0, a=0.9, b=2.5)
FITTED = Version(
    version="fitted",
    r=0.95,
    alpha_days=47.0,
    a=0.85,
    b=2.6,
    effective_from_us=CENSUS_AT_US + LEAD_US,
    fitted_at_us=CENSUS_AT_US,
    adopted=True,
    reason="",
    customers=1,
    repeat_customers=1,
    log_likelihood=None,
    standard_errors=None,
    holdout=None,
    previous=None,
)


def main() -> None:
    """Fill the groups, let time pass, print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000, help="how many (%(default)s)")
    customers = parser.parse_args().customers
    lifecycle = Lifecycle(
        Schedule(Risk(MODEL, "given", threshold=0.5, quantile=0.9, lapse_days=90)), Policy("EUR")
    )
    shard = CustomerShard(lifecycle, GROUPS, None)
    fill(shard, customers)
    gc.freeze()
    advance(shard, CENSUS_AT_US - 600 * SECOND_US)  # the first time comes to all
    steps = {
        "idle": pass_time(shard, CENSUS_AT_US - 300 * SECOND_US, 300),
        "census": pass_time(shard, CENSUS_AT_US - SECOND_US, SPREAD_US // SECOND_US),
    }
    shard.calendar.decide(FITTED, shard.clock.now_us)
    steps["adoption"] = pass_time(shard, CENSUS_AT_US + LEAD_US - SECOND_US, SPREAD_US // SECOND_US)
    spread = {
        name: {"mean_ms": round(mean, 2), "longest_ms": round(longest, 1)}
        for name, (mean, longest, _) in steps.items()
    }
    counts = {"counted": steps["census"][2][Part], "rows": steps["adoption"][2][Row]}
    print(json.dumps({"customers": customers, **spread, **counts}))


def fill(shard: CustomerShard, customers: int) -> None:
    """Restore groups of customers with one to a dozen orders in the last two years."""
    generator = np.random.default_rng(1)
    counts = np.minimum(generator.geometric(0.4, customers), 12)
    packed: list[dict[str, bytes]] = [{} for _ in range(GROUPS)]
    for number, count in enumerate(counts.tolist()):
        placed_us = CENSUS_AT_US - generator.integers(0, 730 * DAY_US, count)
        orders = {
            f"0{number}-{i}": Order(i, int(at_us), 5000, counted=True) for i, at_us in enumerate(placed_us)
        }
        customer_id = str(number)
        packed[number_of(customer_id, GROUPS)][customer_id] = shard.lifecycle.pack(Customer(orders, 1))
    for group in packed:
        shard.restore(shard.write_snapshot(GROUP, (group, {})))


def advance(shard: CustomerShard, now_us: int) -> list[Output]:
    """Let stream time come to an instant; return what that brings."""
    return list(shard.on_progress([Progress("beat:0", 1, Heartbeat(now_us, {}))]))


def pass_time(shard: CustomerShard, from_us: int, seconds: int) -> tuple[float, float, Counter[type]]:
    """Let so many seconds pass; return the mean and the longest step in milliseconds, and outputs by type."""
    advance(shard, from_us)
    steps_ms, counts = [], Counter[type]()
    for second in range(1, seconds + 1):
        began_s = time.perf_counter()
        outputs = advance(shard, from_us + second * SECOND_US)
        steps_ms.append((time.perf_counter() - began_s) * 1000)
        counts.update(type(output) for output in outputs)
    return sum(steps_ms) / len(steps_ms), max(steps_ms), counts


if __name__ == "__main__":
    main()
