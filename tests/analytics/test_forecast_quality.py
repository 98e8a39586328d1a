"""The view against the scores of the models package."""

from datetime import timedelta

import numpy as np
import psycopg
import pytest

from analytics.migrate import FOLDER, migrate
from connectors import forecast_table
from models import MBGNBD, scores
from models.cells import Cells
from operators import forecast
from operators.instant import DAY_US, to_datetime
from operators.risk import Risk
from tests.models.invented_shop import InventedShop

pytestmark = pytest.mark.stack

MODEL = MBGNBD(r=0.8, alpha=40.0, a=0.8, b=2.0)
RULES = Risk(MODEL, "m1", threshold=0.5, quantile=0.9, lapse_days=90)
MADE_US = 20_513 * DAY_US


@pytest.fixture
def database(fresh_database):
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        migrate(connection)
        connection.execute("SET TimeZone = 'America/New_York'")  # where a day in March has 23 hours
        yield connection


@pytest.fixture(scope="module")
def cells():
    shop = InventedShop.of(MODEL, customers=2000, days=730, seed=1)
    return {days: shop.cells(730 - days, days) for days in (30, 90)}


def write(database, items):
    with database.cursor() as cursor:
        forecast_table.write(cursor, items, RULES)


def quality(database, columns):
    query = f"SELECT {columns} FROM forecast_quality ORDER BY made_at, horizon_days"
    return database.execute(query).fetchall()


def test_only_what_has_matured_has_a_quality(database, cells):
    write(database, forecast.made(MADE_US, cells[30], "m1", MODEL))
    assert quality(database, "*") == []
    write(database, forecast.matured(MADE_US, 30, cells[30], "m1", MODEL))
    assert quality(database, "made_at, horizon_days, matured_at, model_version") == [
        (to_datetime(MADE_US), 30, to_datetime(MADE_US) + timedelta(days=30), "m1")
    ]


def test_the_model_stands_beside_the_baselines(database, cells):
    for days, of_days in cells.items():
        write(database, forecast.matured(MADE_US, days, of_days, "m1", MODEL))
    found = quality(
        database,
        "customers, expected, ordered, brier, auc, base_rate_brier, silent_30_brier, silent_60_brier, "
        "silent_90_brier, recency_auc, best_baseline, skill",
    )
    for (days, of_days), line in zip(cells.items(), found, strict=True):
        model = scores.score(scores.forecast(MODEL, days, of_days), of_days)
        baselines = {
            "base_rate": scores.score(scores.base_rate(days, of_days), of_days).brier,
            **{
                f"silent_{n}": scores.score(scores.silent_less_than(n, of_days), of_days).brier
                for n in (30, 60, 90)
            },
        }
        best = min(baselines, key=baselines.get)
        expected = (model.customers, model.expected, model.ordered, model.brier, model.auc)
        recency = scores.auc(-of_days.silent_days, of_days)
        assert line[:10] == pytest.approx((*expected, *baselines.values(), recency))
        assert line[10:] == (best, pytest.approx(1 - model.brier / baselines[best]))
        assert 0 < line[11] < 1


def test_the_calibration_error_is_the_mean_distance_from_the_diagonal(database, cells):
    expected = []
    for days, of_days in cells.items():
        write(database, forecast.matured(MADE_US, days, of_days, "m1", MODEL))
        bins = scores.reliability(scores.forecast(MODEL, days, of_days), of_days)
        expected.append(sum(abs(bin_.expected - bin_.ordered) for bin_ in bins) / of_days.total)
    assert [error for (error,) in quality(database, "calibration_error")] == pytest.approx(expected)
    assert 0 < max(expected) < 0.05


def test_there_is_no_skill_in_what_is_certain_and_none_of_nobody(database):
    new = Cells(*(np.array([value]) for value in (0.0, 0.0, 1.0, 10.0, 10.0)))  # all new, and all order
    write(database, forecast.matured(MADE_US, 30, new, "m1", MODEL))
    write(database, forecast.matured(MADE_US + 1, 30, Cells(*np.zeros((5, 0))), "m1", MODEL))
    assert quality(database, "customers, ordered, best_baseline, skill, base_rate_brier") == [
        (10, 10, "silent_30", None, None),
        (0, 0, None, None, None),
    ]
    assert quality(database, "auc, calibration_error IS NULL") == [(None, False), (None, True)]


def test_models_that_were_given_before_there_were_forecasts_stay(fresh_database, tmp_path):
    for name in ("001_tables.sql", "002_customers_now.sql", "003_executions_shop_erasures.sql"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    with psycopg.connect(fresh_database(), autocommit=True) as database:
        migrate(database, tmp_path)
        database.execute(
            "INSERT INTO models (version, family, r, alpha_days, a, b, threshold, quantile, lapse_days) "
            "VALUES ('given', 'MBG/NBD', 0.6, 51, 0.8, 1.2, 0.5, 0.9, 90)"
        )
        assert migrate(database)[0] == "004_forecasts.sql"
        found = database.execute(
            "SELECT r, adopted, reason, effective_from, customers FROM models"
        ).fetchall()
        assert found == [(0.6, True, "", None, None)]


@pytest.mark.parametrize("columns", ["r, adopted", "r, alpha_days, a, adopted", "adopted"])
def test_only_a_refused_version_may_lack_its_parameters(database, columns):
    names = columns.split(", ")
    values = ", ".join("true" if name == "adopted" else "1" for name in names)
    with pytest.raises(psycopg.errors.CheckViolation):
        database.execute(
            f"INSERT INTO models (version, family, threshold, quantile, lapse_days, {columns}) "
            f"VALUES ('m', 'MBG/NBD', 0.5, 0.9, 90, {values})"
        )
