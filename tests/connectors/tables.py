"""What tests of the database's tables share: rules of risk, and ways to cut items into batches."""

import pytest

from models import MBGNBD
from operators.risk import Risk

RULES = Risk(MBGNBD(r=0.25, alpha=7.0, a=0.5, b=2.5), "m1", threshold=0.5, quantile=0.9, lapse_days=90)
BATCHES = {"one batch": lambda told: [told], "a batch each": lambda told: [[one] for one in told]}
each_way = pytest.mark.parametrize("batches", BATCHES.values(), ids=BATCHES)
