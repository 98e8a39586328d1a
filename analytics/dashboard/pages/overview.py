"""The store as it is now, and how it came to that, day by day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from analytics.dashboard import formats
from analytics.dashboard.charts import bars, frame, lines, ranks
from analytics.dashboard.charts.svg import Chart
from analytics.dashboard.shop import Shop
from analytics.dashboard.site import site_of

DAYS = 60
ACTIVE_DAYS = 365
WEEKS = 12

# One pass over all customers. 720, 1440 and 2160 hours are 30, 60 and 90 days.
CUSTOMERS = """
    SELECT
        count(*) AS customers,
        count(*) FILTER (WHERE latest_purchase > now - interval '720 hours') AS active_30,
        count(*) FILTER (WHERE latest_purchase > now - interval '1440 hours') AS active_60,
        count(*) FILTER (WHERE latest_purchase > now - interval '2160 hours') AS active_90,
        count(*) FILTER (WHERE state = 'OVERDUE') AS overdue,
        count(*) FILTER (WHERE state = 'AT_RISK') AS at_risk,
        count(*) FILTER (WHERE state = 'LAPSED') AS lapsed
    FROM rfm CROSS JOIN (SELECT (SELECT now FROM stream_time) AS now) AS clock
"""
OPEN_ALERTS = """
    SELECT count(*) AS alerts, coalesce(sum(value_at_risk), 0) AS value
    FROM alerts WHERE status = 'open' AND suppressed_by IS NULL
"""
HOUR = "SELECT * FROM store_hours ORDER BY hour DESC LIMIT 1"
SEGMENTS = """
    SELECT segment, customers, order_value FROM segment_hours
    WHERE hour = (SELECT max(hour) FROM segment_hours) ORDER BY customers DESC, segment
"""
RECENT = "SELECT * FROM store_days WHERE day > store_today() - %s ORDER BY day"
# An order after 30 days of silence or more makes a customer active again; 30 days after it one ceases to be.
ACTIVE = """
    SELECT * FROM (
        SELECT
            day,
            sum(new + returned_30 - lapsed_30) OVER days AS active_30,
            sum(new + returned_60 - lapsed_60) OVER days AS active_60,
            sum(new + reactivated - lapsed_90) OVER days AS active_90
        FROM store_days WHERE is_complete
        WINDOW days AS (ORDER BY day)
    ) AS sums WHERE day > store_today() - %s ORDER BY day
"""
IN_WEEKS = "SELECT * FROM store_weeks ORDER BY week DESC LIMIT %s"


def page(request: Request) -> Response:
    """Answer `/`."""
    site = site_of(request)
    with site.database.read() as reading:
        shop = Shop.read(reading)
        customers = reading.row(CUSTOMERS)
        if shop is None or customers is None or not customers["customers"]:
            return site.nothing_yet(request, shop)
        days = filled(reading.rows(RECENT, DAYS), shop.now.astimezone(shop.zone).date())
        active = reading.rows(ACTIVE, ACTIVE_DAYS)
        return site.page(
            request,
            "overview.html",
            shop=shop,
            now=customers,
            open=reading.row(OPEN_ALERTS),
            hour=reading.row(HOUR),
            charts=[*by_day(days, shop), *active_customers(active, shop)],
            segments=segments(reading.rows(SEGMENTS), shop),
            weeks=reading.rows(IN_WEEKS, WEEKS),
        )


def filled(rows: Sequence[dict[str, Any]], today: date) -> list[dict[str, Any]]:
    """Return a line for each day up to today: a day on which nothing was has none in the table."""
    if not rows:
        return []
    known = {row["day"]: row for row in rows}
    nothing = {name: 0 for name in rows[0]}
    first: date = rows[0]["day"]
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    return [known.get(day, nothing | {"day": day, "is_complete": day < today}) for day in days]


def by_day(days: Sequence[dict[str, Any]], shop: Shop) -> list[Chart]:
    """Return the charts of single days; none before the first has been told."""
    return [revenue(days, shop), lifecycle(days)] if days else []


def revenue(days: Sequence[dict[str, Any]], shop: Shop) -> Chart:
    """Return what the shop took in, day by day."""
    names = [f"{row['day'].day} {row['day']:%b}" for row in days]
    parts = [bars.Part("revenue", [float(row["revenue"]) for row in days])]
    low, high = bars.reach(parts)
    total = sum(row["revenue"] for row in days)
    return Chart(
        title=f"Revenue by day, {shop.currency}",
        summary=f"{formats.money(total, shop.currency)} in the last {formats.plural(len(days), 'day')}, less "
        "refunds of these orders. Today is not over yet.",
        picture=bars.draw("Revenue by day", frame.numbers(low, high, ""), names, parts, "day"),
        columns=["Day", "Orders", "Revenue", "Refunds"],
        rows=[
            [
                formats.day(row["day"]),
                formats.count(row["orders"]),
                formats.exact_money(row["revenue"], shop.currency),
                formats.exact_money(row["refunds"], shop.currency),
            ]
            for row in reversed(days)
        ],
    )


def lifecycle(days: Sequence[dict[str, Any]]) -> Chart:
    """Return who came, came back and fell silent, day by day."""
    kinds = {"new": 1, "returning": 1, "reactivated": 1, "lapsed_90": -1}
    labels = {"lapsed_90": "silent for 90 days"}
    parts = [
        bars.Part(labels.get(kind, kind), [sign * row[kind] for row in days]) for kind, sign in kinds.items()
    ]
    low, high = bars.reach(parts)
    gained = sum(row["new"] + row["reactivated"] - row["lapsed_90"] for row in days)
    axis = frame.numbers(low, high, "", lambda value: formats.short(abs(value)))
    return Chart(
        title="Customers who came and who fell silent",
        summary="Above the line: ordered on the day, for the first time, again, or again after 90 days. "
        f"Beneath it: became silent for 90 days. On balance {gained:+,} active customers in "
        f"{formats.plural(len(days), 'day')}.",
        picture=bars.draw(
            "Customers by day",
            axis,
            [f"{row['day'].day} {row['day']:%b}" for row in days],
            parts,
            "day",
        ),
        columns=["Day", "New", "Returning", "Reactivated", "Silent 30", "Silent 60", "Silent 90", "At risk"],
        rows=[
            [formats.day(row["day"])]
            + [
                formats.count(row[name])
                for name in (*list(kinds)[:3], "lapsed_30", "lapsed_60", "lapsed_90", "at_risk")
            ]
            for row in reversed(days)
        ],
        legend=bars.legend(parts),
    )


def active_customers(rows: Sequence[dict[str, Any]], shop: Shop) -> list[Chart]:
    """Return how many customers were active at the end of each day; nothing before the first day is over."""
    if not rows:
        return []
    ends = [datetime.combine(row["day"], datetime.min.time(), shop.zone) + timedelta(days=1) for row in rows]
    curves = [
        lines.Line(
            f"within {days} days",
            [(end.timestamp(), float(row[f"active_{days}"])) for end, row in zip(ends, rows, strict=True)],
        )
        for days in (90, 60, 30)
    ]
    most = max(float(row["active_90"]) for row in rows)
    last = rows[-1]
    x, y = frame.times(ends[0], ends[-1], shop.zone), frame.numbers(0, most, "customers")
    return [
        Chart(
            title="Active customers",
            summary="Customers whose latest order is less than so many days old, at the end of each day. On "
            f"{formats.day(last['day'])}: {last['active_30']:,} within 30 days, {last['active_60']:,} within "
            f"60 and {last['active_90']:,} within 90.",
            picture=lines.draw("Active customers", x, y, curves),
            columns=["Day", "Within 30 days", "Within 60 days", "Within 90 days"],
            rows=[
                [formats.day(row["day"]), *(formats.count(row[f"active_{days}"]) for days in (30, 60, 90))]
                for row in reversed(rows)
            ],
            legend=lines.legend(curves),
        )
    ]


def segments(rows: Sequence[dict[str, Any]], shop: Shop) -> Chart | None:
    """Return how many customers each segment has."""
    if not rows:
        return None
    total = sum(row["customers"] for row in rows) or 1
    return Chart(
        title="Segments",
        summary="Customers by recency, frequency and value. The largest segment is "
        f"{rows[0]['segment']}, with {formats.share(rows[0]['customers'] / total)} of them.",
        picture=ranks.draw(
            "Customers by segment",
            [
                (row["segment"], row["customers"], f"{row['customers']:,} · {row['customers'] / total:.0%}")
                for row in rows
            ],
        ),
        columns=["Segment", "Customers", "Value of their orders"],
        rows=[
            [
                row["segment"],
                formats.count(row["customers"]),
                formats.money(row["order_value"], shop.currency),
            ]
            for row in rows
        ],
    )
