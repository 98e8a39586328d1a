import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from connectors.postgres_sink import PostgresSink, record
from models import MBGNBD
from operators.forecast import Forecast, Reliability
from operators.instant import DAY_US
from operators.risk import Risk
from operators.row import Row, StreamTime
from tests.operators.test_version import NO_FIT, VERSION, versions
from tests.shop_files import DEMO

pytestmark = pytest.mark.stack

NOON_US = 1_767_268_800_000_000  # 2026-01-01T12:00Z
GIVEN = Risk(MBGNBD(r=0.25, alpha=7.0, a=0.5, b=2.5), "given", threshold=0.5, quantile=0.9, lapse_days=90)
MADE = Forecast(NOON_US, 30, "model", "m1", customers=100, expected=25.5)
MATURED = msgspec.structs.replace(MADE, ordered=24, brier=0.17, auc=0.8)


@pytest.fixture
def rules():
    return GIVEN


def lines(database, table):
    return database.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()


def test_a_forecast_matures_in_its_place(part, database):
    part.write_batch([MADE])
    columns = (
        "made_at = instant(%s), horizon_days, method, model_version, customers, expected, ordered, brier, auc"
    )
    query = f"SELECT {columns} FROM forecast_scores"
    assert database.execute(query, [NOON_US]).fetchall() == [
        (True, 30, "model", "m1", 100, 25.5, None, None, None)
    ]
    part.write_batch([MATURED])
    assert database.execute(query, [NOON_US]).fetchall() == [
        (True, 30, "model", "m1", 100, 25.5, 24, 0.17, 0.8)
    ]


@pytest.mark.parametrize("batches", [[[MATURED], [MADE]], [[MATURED, MADE]], [[MADE, MATURED, MADE]]])
def test_what_has_matured_stays_so_in_a_replay(part, database, batches):
    for batch in batches:
        part.write_batch(batch)
    assert database.execute("SELECT ordered, brier FROM forecast_scores").fetchall() == [(24, 0.17)]


def test_a_replay_writes_the_same_again(part, database):
    batch = [VERSION, MADE, MATURED, Reliability(NOON_US, 30, 2, 50, 12.5, 11)]
    part.write_batch(batch)
    tables = ["forecast_scores", "forecast_bins", "models"]
    before = [lines(database, table) for table in tables]
    assert [len(found) for found in before] == [1, 1, 1]
    part.write_batch(batch)
    assert [lines(database, table) for table in tables] == before


def test_methods_and_horizons_have_lines_of_their_own(part, database):
    silent = msgspec.structs.replace(MATURED, method="silent_30", model_version=None)
    part.write_batch([MADE, silent, msgspec.structs.replace(MADE, horizon_days=90)])
    found = database.execute(
        "SELECT horizon_days, method, ordered FROM forecast_scores ORDER BY 1, 2"
    ).fetchall()
    assert found == [(30, "model", None), (30, "silent_30", 24), (90, "model", None)]


def test_a_version_is_a_line_of_models_with_the_rules_of_the_settings(part, database):
    part.write_batch([VERSION])
    found = database.execute(
        "SELECT version, family, r, alpha_days, a, b, threshold, quantile, lapse_days, adopted, reason, "
        "customers, repeat_customers, log_likelihood, fitted_at::text, effective_from::text FROM models"
    ).fetchall()
    parameters = (VERSION.r, VERSION.alpha_days, VERSION.a, VERSION.b)
    instants = ("2026-03-01 00:00:00+00", "2026-03-02 00:00:00.000001+00")
    assert found == [
        (VERSION.version, "MBG/NBD", *parameters, 0.5, 0.9, 90, True, "", 2357, 946, -9582.1327, *instants)
    ]


def test_a_version_keeps_what_it_was_judged_by(part, database):
    part.write_batch([VERSION])
    found = database.execute(
        "SELECT r_standard_error, alpha_days_standard_error, a_standard_error, b_standard_error, "
        "holdout_days, holdout_customers, holdout_expected, holdout_ordered, holdout_brier, holdout_auc, "
        "previous_version, previous_brier, previous_auc, holdout_bins FROM models"
    ).fetchone()
    assert found[:13] == (
        *(0.05, 3.2, 0.1, 0.2),
        *(90, 2000, 301.5, 310, 0.16, 0.76),
        *("mbg-nbd:0.6,51,0.8,1.2", 0.17, 0.75),
    )
    assert found[13] == [{"customers": 200, "expected": 10.5, "ordered": 11}] * 10


def test_a_refused_version_is_never_in_force(part, database):
    part.write_batch(
        [NO_FIT, msgspec.structs.replace(VERSION, version="worse", adopted=False, reason="worse")]
    )
    found = database.execute(
        "SELECT version, r, adopted, reason, effective_from FROM models ORDER BY 1"
    ).fetchall()
    assert found == [
        (NO_FIT.version, None, False, NO_FIT.reason, None),
        ("worse", VERSION.r, False, "worse", None),
    ]


def test_the_first_line_of_a_version_stands_but_for_the_rules(part, database, dsn):
    part.write_batch([VERSION])
    stricter = Risk(GIVEN.model, "given", threshold=0.6, quantile=0.8, lapse_days=60)
    later = PostgresSink(dsn, 1, stricter).build_part("rows", "00", None)
    later.write_batch([msgspec.structs.replace(VERSION, r=9.0)])
    later.close()
    found = database.execute("SELECT r, threshold, quantile, lapse_days FROM models").fetchall()
    assert found == [(VERSION.r, 0.6, 0.8, 60)]


def test_the_version_of_the_settings_stays_beside_those_that_were_fitted(part, database, dsn):
    record(dsn, DEMO, GIVEN)
    part.write_batch([VERSION])
    record(dsn, DEMO, GIVEN)
    found = database.execute(
        "SELECT version, adopted, reason, effective_from, fitted_at FROM models WHERE r = 0.25"
    )
    assert found.fetchall() == [("given", True, "", None, None)]
    assert database.execute("SELECT count(*) FROM models").fetchone() == (2,)


def test_customers_are_seen_by_the_version_that_their_line_names(part, database, dsn):
    record(dsn, DEMO, GIVEN)
    first = Row("c1", 0, 0, 1, 5, "EUR", "ACTIVE", 0, None, None, "given", 1)
    second = msgspec.structs.replace(first, customer_id="c2", model_version=VERSION.version)
    part.write_batch([first, second, VERSION])
    part.write_batch([StreamTime(100 * DAY_US, 0)])
    found = database.execute("SELECT p_alive FROM customers_now ORDER BY customer_id").fetchall()
    expected = [model.p_alive(0, 0, 100) for model in (GIVEN.model, VERSION.model)]
    assert [p for (p,) in found] == pytest.approx(expected)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=versions)
def test_every_version_that_can_be_read_can_be_kept(part, database, found):
    database.execute("TRUNCATE models")
    part.write_batch([found])
    kept = database.execute("SELECT version, adopted, log_likelihood FROM models").fetchall()
    assert kept == [(found.version, found.adopted, found.log_likelihood)]


BAD = {
    "more ordered than there are": {"ordered": 101},
    "an unknown method": {"method": "oracle"},
    "a score beyond 1": {"brier": 1.01},
    "scored before the horizon is over": {"ordered": None},
    "a model without its version": {"model_version": None},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_a_forecast_that_cannot_be_held_is_set_aside_and_all_others_are_written(part, database, changes):
    other = msgspec.structs.replace(MATURED, horizon_days=90)
    part.write_batch([msgspec.structs.replace(MATURED, **changes), other])
    assert database.execute("SELECT horizon_days FROM forecast_scores").fetchall() == [(90,)]
    assert database.execute("SELECT row ->> 'made_at_us' FROM rejected_rows").fetchall() == [(str(NOON_US),)]
