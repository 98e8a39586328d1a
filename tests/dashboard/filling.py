"""A small shop in the analytics database, with the lines that the flow would have written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from models import MBGNBD
from models.judgement import SAME

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MODEL = {"r": 0.6371, "alpha_days": 51.17, "a": 0.8075, "b": 1.2284}
GIVEN = "mbg-nbd:0.6371,51.17,0.8075,1.2284"
FITTED = "mbg-nbd@2026-06-01T00:00:00Z"
REGULAR = "regular"
ONCE = "once"
STRANGE = [
    '<script>alert("x")</script>',
    "a/b",
    "50%25 off",
    "Größe 東京 🛒",
    "..",
    "?q=1&r=2#top",
    'it\'s "quoted"',
]
RECOMPUTE = Path(__file__).parents[1] / "e2e"


def fill(database, customers=240, seed=7):
    """Write everything, as of NOW."""
    clock(database)
    versions(database)
    orders = invented(Random(seed), customers)
    order(database, orders)
    alert(database)
    forecasts(database)
    recompute(database)


def invented(random, customers):
    """Return the instants of each customer's orders."""
    orders = {
        REGULAR: [NOW - days * DAY for days in (400, 370, 342, 311, 280, 250, 221, 190, 100)],
        ONCE: [NOW - 5 * DAY],
    }
    for number in range(customers):
        at = NOW - random.uniform(0, 480) * DAY
        gap_days = random.expovariate(1 / 30) + 3
        instants = [at]
        while random.random() > 0.2 and at < NOW:
            at += random.expovariate(1 / gap_days) * DAY
            if at <= NOW:
                instants.append(at)
        orders[f"{1000 + number}"] = instants
    return orders | {name: [NOW - 120 * DAY, NOW - 90 * DAY] for name in STRANGE}


def versions(database):
    columns = (
        "version, family, r, alpha_days, a, b, threshold, quantile, lapse_days, fitted_at, effective_from, "
        "adopted, reason, customers, repeat_customers, holdout_brier, previous_brier"
    )
    may, june, july = (datetime(2026, month, 1, tzinfo=UTC) for month in (5, 6, 7))
    common = ("MBG/NBD", *MODEL.values(), 0.5, 0.9, 90)
    rows = [
        (GIVEN, *common, None, None, True, "", None, None, None, None),
        ("mbg-nbd@2026-05-01T00:00:00Z", *common, may, None, False, SAME, 200, 140, 0.18, 0.18),
        (FITTED, *common, june, june + DAY / 24, True, "", 210, 150, 0.1781, 0.1802),
        (
            "mbg-nbd@2026-07-01T00:00:00Z",
            *common,
            july,
            None,
            False,
            "no better than chance",
            230,
            160,
            0.19,
            0.18,
        ),
    ]
    for row in rows:
        places = ", ".join(["%s"] * len(row))
        database.execute(f"INSERT INTO models ({columns}) VALUES ({places})", row)


def order(database, orders):
    """Write purchases and rfm."""
    random = Random(1)
    model = MBGNBD(r=MODEL["r"], alpha=MODEL["alpha_days"], a=MODEL["a"], b=MODEL["b"])
    number = 0
    for customer, instants in orders.items():
        most = 999 if customer in STRANGE else 200  # so that they come first among those at risk
        values = [round(random.uniform(most / 2, most), 2) for _ in instants]
        for at, value in zip(instants, values, strict=True):
            number += 1
            database.execute(
                "INSERT INTO purchases VALUES (%s, %s, %s, %s, %s, true, 1)",
                (customer, str(number), f"order {number}", at, value),
            )
        first, latest, frequency = instants[0], instants[-1], len(instants) - 1
        recency_days = (latest - first) / DAY
        at_risk_at = first + float(model.alive_until(0.5, frequency, recency_days)) * DAY
        overdue_at = latest + float(model.gap_quantile(0.9, frequency, recency_days)) * DAY
        state, since = "ACTIVE", latest
        for name, at in (("OVERDUE", overdue_at), ("AT_RISK", at_risk_at), ("LAPSED", latest + 90 * DAY)):
            if at <= NOW:
                state, since = name, at
        database.execute(
            "INSERT INTO rfm (customer_id, first_purchase, latest_purchase, order_count, order_value, "
            "currency, state, state_since, overdue_at, at_risk_at, model_version, version) "
            "VALUES (%s, %s, %s, %s, %s, 'EUR', %s, %s, %s, %s, %s, 1)",
            (
                customer,
                first,
                latest,
                frequency + 1,
                sum(values),
                state,
                since,
                overdue_at,
                at_risk_at,
                FITTED,
            ),
        )


def alert(database):
    """Write an open alert for whoever is at risk or has lapsed, and a resolved and a withdrawn one."""
    database.execute(
        """
        INSERT INTO alerts
        SELECT
            customer_id || '/1', customer_id, 'open', NULL, state, state_since, NULL, NULL, NULL, NULL,
            first_purchase, latest_purchase, '1', order_count, order_value, 'EUR',
            round(order_value / order_count, 2), 'winback',
            CASE WHEN order_count % 5 = 0 THEN 'control' ELSE 'treatment' END, model_version, NULL,
            state_since, state_since, 1
        FROM rfm WHERE state IN ('AT_RISK', 'LAPSED')
        """
    )
    told(database, "resolved/1", status="resolved", resolved_at=NOW - DAY)
    told(database, "withdrawn/1", status="withdrawn", withdrawn_reason="order-gone")


def told(database, alert_id, *, customer=REGULAR, told_at=NOW, **changed):
    """Write one alert."""
    values = {
        "alert_id": alert_id,
        "customer_id": customer,
        "status": "open",
        "level": "AT_RISK",
        "raised_at": NOW - 20 * DAY,
        "first_purchase": NOW - 400 * DAY,
        "latest_purchase": NOW - 100 * DAY,
        "latest_order_id": "1",
        "order_count": 9,
        "order_value": 500,
        "currency": "EUR",
        "value_at_risk": 40,
        "campaign": "winback",
        "arm": "treatment",
        "model_version": FITTED,
        "told_at": told_at,
        "first_told_at": told_at,
        "execution": 1,
    } | changed
    if values["status"] == "resolved":
        values |= {"resolved_by_order_id": "2", "resolved_by_order_value": 61}
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    database.execute(f"INSERT INTO alerts ({names}) VALUES ({places})", list(values.values()))


def forecasts(database):
    random = Random(3)
    for number in range(6):
        made_at = NOW - (250 - 30 * number) * DAY
        for horizon in (30, 90):
            for method, brier in (
                ("base_rate", 0.22),
                ("silent_30", 0.27),
                ("silent_60", 0.25),
                ("model", 0.18),
            ):
                is_model = method == "model"
                row = (made_at, horizon, method, FITTED if is_model else None, 200, 80, 76 + number)
                score = (brier + random.uniform(-0.01, 0.01), 0.8 if is_model else None)
                database.execute(
                    "INSERT INTO forecast_scores VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", row + score
                )
            for tenth in range(10):
                ordered = round(20 * (tenth + 0.5) / 10)
                bin_ = (made_at, horizon, tenth, 20, 2 * (tenth + 0.5), ordered)
                database.execute("INSERT INTO forecast_bins VALUES (%s, %s, %s, %s, %s, %s)", bin_)


def recompute(database):
    """Write what the store is told of by day, by cohort and by hour."""
    days, cohorts = ((RECOMPUTE / name).read_text() for name in ("store_days.sql", "store_cohorts.sql"))
    database.execute(f"INSERT INTO store_windows SELECT *, 0, 1 FROM ({days}) AS days")
    database.execute(f"INSERT INTO store_cohorts SELECT *, 1 FROM ({cohorts}) AS cohorts")
    database.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    database.execute("SELECT tell_hour()")
    database.execute("COMMIT")


def clock(database):
    """Write the shop and its time."""
    database.execute("INSERT INTO shop (currency, time_zone) VALUES ('EUR', 'Europe/Berlin')")
    database.execute("INSERT INTO stream_time (now, alerts_since) VALUES (%s, %s)", (NOW, NOW))


def one_customer(database):
    """Write a shop with one order, of a version of the model that is not known."""
    clock(database)
    database.execute("INSERT INTO purchases VALUES ('c', '1', '1', %s, 10, true, 1)", (NOW - DAY,))
    database.execute(
        "INSERT INTO rfm (customer_id, first_purchase, latest_purchase, order_count, order_value, currency, "
        "state, state_since, model_version, version) "
        "VALUES ('c', %s, %s, 1, 10, 'EUR', 'ACTIVE', %s, 'unknown', 1)",
        (NOW - DAY,) * 3,
    )
    database.execute(
        "INSERT INTO store_windows VALUES ('2026-07-14', 1, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1)"
    )
