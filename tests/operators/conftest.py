import pytest

from models import MBGNBD
from operators.customer import Lifecycle
from operators.policy import Policy
from operators.risk import Risk
from operators.schedule import Schedule
from operators.storm import StormLimit


@pytest.fixture(scope="session")
def risk():
    model = MBGNBD(r=0.6371, alpha=51.17, a=0.8075, b=1.2284)
    return Risk(model, "test", threshold=0.5, quantile=0.9, lapse_days=90)


@pytest.fixture(scope="session")
def storm(risk):
    """No limit: every version may be adopted."""
    return StormLimit(risk, 1.0)


@pytest.fixture(scope="session")
def lifecycle(risk):
    return Lifecycle(Schedule(risk), Policy("EUR"))
