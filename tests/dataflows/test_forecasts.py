"""The forecasts that the flow makes of a simulated shop, against the truth that no shop knows."""

from collections import defaultdict

import numpy as np
import psycopg
import pytest

from analytics.migrate import migrate
from connectors import rfm_table
from models import MBGNBD
from operators.census import CENSUS_US, SPREAD_US, Part
from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customer import Lifecycle
from operators.customers import CustomerShard
from operators.forecast import Forecast, Reliability
from operators.gathering import Gathering
from operators.instant import DAY_US
from operators.order import OrderChange
from operators.policy import Policy
from operators.schedule import Schedule
from operators.version import Version
from simulator.population import Population

pytestmark = pytest.mark.stack  # of it, Postgres

UNTIL_US = 700 * CENSUS_US
# Without seasons, and with the dropout of the model: its truth is MBG/NBD.
POPULATION = Population(7, "cdnow", "mbg", 1.0, customers=6000, days=540, until_us=UNTIL_US)
TRUE = MBGNBD(r=0.553, alpha=74.0, a=0.793, b=2.43)
CLOCKS = 1
RECORD = Record("orders:0", 0, None, None)


@pytest.fixture(scope="module")
def people():
    return POPULATION.generation(0).people


@pytest.fixture(scope="module")
def placed_us():
    """Every person's orders, by instant."""
    orders = POPULATION.generation(0).orders
    by_person = defaultdict(list)
    for person, at_us in zip(orders.person.tolist(), orders.placed_us.tolist(), strict=True):
        by_person[person].append(at_us)
    return by_person


@pytest.fixture(scope="module")
def told(risk, storm, placed_us):
    """What the flow writes to its tables in half a year, beginning with the settings' model."""
    shard = CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), 1024, None, is_refitted=True)
    group = shard.add_group()
    for person, instants_us in placed_us.items():
        changes = [
            OrderChange(str(person), str(i), 1, at, 100, True, RECORD) for i, at in enumerate(instants_us)
        ]
        list(group.on_changes(changes))
    gathering, lines = Gathering(CLOCKS, None, storm), []
    now_us = UNTIL_US - 6 * CENSUS_US - DAY_US
    list(shard.on_progress([Progress("beat:0", 1, Heartbeat(now_us, {}))]))
    for census_us in range(UNTIL_US - 6 * CENSUS_US, UNTIL_US + 1, CENSUS_US):
        counted = shard.on_progress([Progress("beat:0", 1, Heartbeat(census_us + SPREAD_US, {}))])
        parts = [output for output in counted if isinstance(output, Part)]
        ends = list(shard.calendar.ends("clock-00", now_us, now_us := census_us + SPREAD_US))
        for item in [*parts, *ends]:
            for verdict in gathering.take(item):
                lines.append(verdict)
                if isinstance(verdict, Version):
                    assert shard.calendar.decide(verdict, now_us)
    return lines


@pytest.fixture
def analytics(fresh_database, risk, told):
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        migrate(connection)
        rfm_table.record_model(connection, risk)
        rfm_table.prepare(connection)
        for _ in range(2):  # as after a crash
            rfm_table.write(connection, told, 1, risk)
        yield connection


def true_p(people, on_us, horizon_us):
    """Return each person's chance to order within the horizon: alive, one orders at a steady rate."""
    alive = people.dropout_us > on_us
    return alive * -np.expm1(-people.rate * horizon_us / DAY_US)


def history(instants_us, on_us):
    known = [at for at in instants_us if at <= on_us]
    return len(known) - 1, (known[-1] - known[0]) / DAY_US, (on_us - known[0]) / DAY_US


MODEL_LINES = """
    SELECT (extract(epoch FROM made_at) * 1000000)::bigint, horizon_days,
        score.customers, expected, ordered, brier, r, alpha_days, a, b
    FROM forecast_scores AS score JOIN models ON version = model_version
    WHERE method = 'model' AND ordered IS NOT NULL
"""


def test_the_table_says_how_good_each_version_was_to_within_chance(analytics, people, placed_us):
    lines = analytics.execute(MODEL_LINES).fetchall()
    assert len(lines) == 14  # seven censuses, two horizons
    for made_at_us, days, customers, expected, ordered, brier, r, alpha, a, b in lines:
        known = [person for person, instants in placed_us.items() if instants[0] <= made_at_us]
        assert customers == len(known)
        until_us = made_at_us + days * DAY_US
        assert ordered == sum(
            any(made_at_us < at <= until_us for at in placed_us[person]) for person in known
        )
        truth = true_p(people, made_at_us, days * DAY_US)[known]
        assert abs(ordered - truth.sum()) < 4 * np.sqrt(np.sum(truth * (1 - truth)))
        x, t_x, age = np.array([history(placed_us[person], made_at_us) for person in known]).T
        p = 1 - MBGNBD(r=r, alpha=alpha, a=a, b=b).p_no_order(days, x, t_x, age)
        assert expected == pytest.approx(p.sum(), rel=2e-3)  # counted by the week
        likely = truth * (1 - p) ** 2 + (1 - truth) * p**2
        chance = np.sqrt(np.sum(truth * (1 - truth) * (1 - 2 * p) ** 2))
        assert abs(brier * len(known) - likely.sum()) < 4 * chance + 2e-3 * len(known) * brier


def test_the_fitted_versions_are_adopted_and_as_good_as_the_truth(analytics, people, told):
    versions = [line for line in told if isinstance(line, Version)]
    assert versions[0].adopted
    assert versions[0].previous.version == "test"
    last = versions[-1]
    for name, value in (("r", TRUE.r), ("alpha_days", TRUE.alpha), ("a", TRUE.a), ("b", TRUE.b)):
        assert abs(np.log(getattr(last, name) / value)) < 4 * last.standard_errors[name] / value
    quality = analytics.execute(
        "SELECT expected, ordered, skill, calibration_error FROM forecast_quality"
        " WHERE model_version = %s AND horizon_days = 30",
        (versions[0].version,),
    ).fetchall()
    assert quality
    for expected, ordered, skill, calibration_error in quality:
        assert abs(expected - ordered) < 4 * np.sqrt(ordered)
        assert skill > 0
        assert calibration_error < 0.03


def test_every_forecast_is_written_before_what_it_foretells(told):
    made = {}
    for line in told:
        if isinstance(line, Forecast) and line.ordered is None:
            made[line.made_at_us, line.horizon_days] = line
        elif (
            isinstance(line, Forecast)
            and line.method == "model"
            and line.made_at_us > UNTIL_US - 6 * CENSUS_US
        ):
            before = made[line.made_at_us, line.horizon_days]
            assert (before.model_version, before.customers) == (line.model_version, line.customers)
            assert before.expected == pytest.approx(line.expected)
    assert any(isinstance(line, Reliability) for line in told)
