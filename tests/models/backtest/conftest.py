from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models.backtest.orders import DAY_US, Orders


@pytest.fixture(scope="session")
def cdnow_csv(tmp_path_factory):
    """All orders of CDNOW, as a shop would export them."""
    source = Path(find_spec("lifetimes").origin).parent / "datasets" / "CDNOW_master.txt"
    lines = ["customer_id,placed_at"]
    for line in source.read_text().splitlines()[1:]:
        customer, date, *_ = line.split()
        lines.append(f"{customer},{date[:4]}-{date[4:6]}-{date[6:]}")
    path = tmp_path_factory.mktemp("cdnow") / "orders.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def shop():
    """Orders of 1,500 customers over 600 days, who may leave after each order."""
    generator = np.random.default_rng(7)
    rates = generator.gamma(0.9, 1 / 30, 1500)
    leave = generator.beta(0.9, 2.5, 1500)
    customers, instants = [], []
    for customer, (rate, left) in enumerate(zip(rates, leave, strict=True)):
        at = generator.uniform(0, 500)
        while at < 600:
            customers.append(customer)
            instants.append(int(at * DAY_US))
            if generator.random() < left:
                break
            at += generator.exponential(1 / rate)
    return Orders.of(customers, instants)
