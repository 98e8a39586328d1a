"""The model: its versions and what was decided, and how its forecasts came true."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from analytics.dashboard import formats
from analytics.dashboard.charts import calibration, frame, lines
from analytics.dashboard.charts.svg import Chart
from analytics.dashboard.shop import Shop
from analytics.dashboard.site import site_of
from models.judgement import SAME

VERSIONS = 24
HORIZONS = (30, 90)
BASELINES = {
    "base_rate_brier": "one rate for all",
    "silent_30_brier": "silent for 30 days",
    "silent_60_brier": "silent for 60 days",
    "silent_90_brier": "silent for 90 days",
}

NEWEST = """
    SELECT
        models.*,
        adopted AND effective_from IS NOT DISTINCT FROM (
            SELECT max(effective_from) FROM models
            WHERE adopted AND effective_from <= (SELECT now FROM stream_time)
        ) AS is_in_force,
        a / (a + b) AS dropout
    FROM models ORDER BY coalesce(fitted_at, '-infinity') DESC, recorded_at DESC LIMIT %s
"""
QUALITY = "SELECT * FROM forecast_quality ORDER BY horizon_days, made_at"
BINS = """
    SELECT horizon_days, made_at, bin, customers, expected, ordered FROM forecast_bins
    WHERE customers > 0
        AND (horizon_days, made_at) IN (SELECT horizon_days, max(made_at) FROM forecast_bins GROUP BY 1)
    ORDER BY horizon_days, bin
"""


def page(request: Request) -> Response:
    """Answer `/model`."""
    site = site_of(request)
    with site.database.read() as reading:
        shop = Shop.read(reading)
        if shop is None:
            return site.nothing_yet(request, shop)
        versions = reading.rows(NEWEST, VERSIONS)
        quality = reading.rows(QUALITY)
        bins = reading.rows(BINS)
    charts = [calibrated(bins)] if bins else []
    for horizon in HORIZONS:
        rows = [row for row in quality if row["horizon_days"] == horizon]
        if rows:
            charts.append(scores(rows, horizon, shop))
    if quality:
        charts.append(drift(quality, shop))
    return site.page(request, "model.html", shop=shop, versions=versions, same=SAME, charts=charts)


def calibrated(rows: Sequence[dict[str, Any]]) -> Chart:
    """Return the latest matured forecasts by tenth of the probability."""
    groups = [
        (
            f"{horizon} days",
            [
                calibration.Bin(
                    row["customers"], row["expected"] / row["customers"], row["ordered"] / row["customers"]
                )
                for row in found
            ],
        )
        for horizon, found in groupby(rows, lambda row: row["horizon_days"])
    ]
    return Chart(
        title="Calibration of the latest matured forecasts",
        summary="Each circle is a tenth of the probability, as large as it has customers. On the dashed line "
        "as many ordered as were expected to; beneath it, fewer.",
        picture=calibration.draw("Expected and ordered shares", groups),
        columns=["Horizon", "Probability", "Customers", "Expected to order", "Ordered"],
        rows=[
            [
                f"{row['horizon_days']} days",
                f"{10 * row['bin']}–{10 * row['bin'] + 10} %",
                formats.count(row["customers"]),
                formats.decimal(row["expected"], 1),
                formats.count(row["ordered"]),
            ]
            for row in rows
        ],
        legend=calibration.legend(groups),
    )


def scores(rows: Sequence[dict[str, Any]], horizon: int, shop: Shop) -> Chart:
    """Return the model's Brier scores over time, beside those of plain rules."""
    named = {"brier": "the model"} | BASELINES
    curves = [
        lines.Line(
            label,
            [(row["made_at"].timestamp(), row[name]) for row in rows if row[name] is not None],
            dots=name == "brier",
        )
        for name, label in named.items()
    ]
    curves = [curve for curve in curves if curve.points]
    most = max((value for curve in curves for _, value in curve.points), default=0.0)
    x = frame.times(rows[0]["made_at"], rows[-1]["made_at"], shop.zone)
    y = frame.numbers(0, most, "", "{:.2g}".format)
    last = rows[-1]
    skill = "" if last["skill"] is None else f", {formats.share(last['skill'])} below the best plain rule"
    return Chart(
        title=f"Forecasts of {horizon} days: Brier score",
        summary=f"Mean squared error of the probabilities; lower is better. The latest: "
        f"{formats.decimal(last['brier'], 4)}{skill}.",
        picture=lines.draw("Brier scores", x, y, curves),
        columns=["Made on", "Customers", *named.values(), "AUC", "AUC of recency"],
        rows=[
            [
                formats.day(row["made_at"].astimezone(shop.zone)),
                formats.count(row["customers"]),
                *(formats.decimal(row[name], 4) for name in named),
                formats.decimal(row["auc"], 3),
                formats.decimal(row["recency_auc"], 3),
            ]
            for row in reversed(rows)
        ],
        legend=lines.legend(curves),
    )


def drift(quality: Sequence[dict[str, Any]], shop: Shop) -> Chart:
    """Return by how much more customers ordered than were expected to, forecast by forecast."""
    curves = [
        lines.Line(
            f"{horizon} days",
            [
                (row["made_at"].timestamp(), row["ordered"] / row["expected"])
                for row in found
                if row["expected"]
            ],
            dots=True,
        )
        for horizon, found in groupby(quality, lambda row: row["horizon_days"])
    ]
    instants = [row["made_at"] for row in quality]
    most = max((value for curve in curves for _, value in curve.points), default=1.0)
    x = frame.times(min(instants), max(instants), shop.zone)
    level = lines.Line("as expected", [(x.low, 1.0), (x.high, 1.0)])
    y = frame.numbers(0, max(1.0, most), "", "{:.2g}".format)
    return Chart(
        title="Drift: customers who ordered, for each who was expected to",
        summary="At 1 the forecast was right on the whole. A line that leaves it says that the shop has "
        "changed, by season or for good: the next fit takes it up.",
        picture=lines.draw("Ordered over expected", x, y, [*curves, level]),
        columns=["Horizon", "Made on", "Expected", "Ordered", "Calibration error"],
        rows=[
            [
                f"{row['horizon_days']} days",
                formats.day(row["made_at"].astimezone(shop.zone)),
                formats.count(row["expected"]),
                formats.count(row["ordered"]),
                formats.share(row["calibration_error"]),
            ]
            for row in reversed(quality)
        ],
        legend=lines.legend([*curves, level]),
    )
