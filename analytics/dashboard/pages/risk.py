"""Who is at risk and why: the open alerts by what is at stake."""

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from analytics.dashboard.reasons import usual_gap_days, why
from analytics.dashboard.shop import Shop
from analytics.dashboard.site import choice, site_of

ALERTS_A_PAGE = 50
LEVELS = ("", "AT_RISK", "LAPSED")
CENT = Decimal("0.01")

TOTALS = """
    SELECT level, count(*) AS alerts, sum(value_at_risk) AS value
    FROM alerts WHERE status = 'open' AND suppressed_by IS NULL GROUP BY level
"""
# A page goes on behind the last line of the one before it: an alert that comes meanwhile moves no other.
PAGE = """
    SELECT
        alerts.*, customers_now.p_alive,
        greatest(0, date_part('epoch', (SELECT now FROM stream_time) - alerts.latest_purchase)) / 86400
            AS days_silent
    FROM (
        SELECT * FROM alerts
        WHERE status = 'open' AND suppressed_by IS NULL AND (%s = '' OR level = %s)
            AND value_at_risk <= %s AND (value_at_risk < %s OR alert_id > %s)
        ORDER BY value_at_risk DESC, alert_id LIMIT %s
    ) AS alerts
    LEFT JOIN customers_now USING (customer_id)
    ORDER BY value_at_risk DESC, alert_id
"""


def page(request: Request) -> Response:
    """Answer `/risk`."""
    site = site_of(request)
    level = choice(request, "level", LEVELS)
    value, alert_id = behind(request)
    with site.database.read() as reading:
        shop = Shop.read(reading)
        if shop is None:
            return site.nothing_yet(request, shop)
        rows = reading.rows(PAGE, level, level, value, value, alert_id, ALERTS_A_PAGE + 1)
        totals = reading.rows(TOTALS)
    shown = rows[:ALERTS_A_PAGE]
    return site.page(
        request,
        "risk.html",
        shop=shop,
        level=level,
        totals={"": summed(totals), **{row["level"]: row for row in totals}},
        alerts=[row | {"why": why(row), "gap_days": usual_gap_days(row)} for row in shown],
        is_first=value == Decimal("Infinity"),
        next=following(level, shown[-1]) if len(rows) > ALERTS_A_PAGE else None,
    )


def behind(request: Request) -> tuple[Decimal, str]:
    """Return the value and the id that the page begins behind."""
    told = request.query_params.get("value")
    if told is None:
        return Decimal("Infinity"), ""
    try:
        value = Decimal(told).quantize(CENT)  # which refuses what is too large for the database
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise HTTPException(400, "value must be an amount.")
    return value, request.query_params.get("alert", "").replace("\0", "")


def following(level: str, last: dict[str, Any]) -> str:
    """Return the address of the next page."""
    parameters = {"level": level, "value": last["value_at_risk"], "alert": last["alert_id"]}
    return "/risk?" + urlencode({name: value for name, value in parameters.items() if value != ""})


def summed(totals: list[dict[str, Any]]) -> dict[str, Any]:
    """Return all levels' alerts and value."""
    return {name: sum(row[name] for row in totals) for name in ("alerts", "value")}
