"""How long customers stay: Kaplan-Meier curves until the first silence, and whether cohorts differ."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from analytics.dashboard import formats
from analytics.dashboard.charts import frame, lines
from analytics.dashboard.charts.svg import Chart
from analytics.dashboard.shop import Shop
from analytics.dashboard.site import choice, site_of

RULES = ("90", "60", "30")
POINTS = 240
COHORTS_DRAWN = 5
COHORTS_LISTED = 36
AT_DAYS = (90, 180, 365)

CURVES = "SELECT * FROM hourly_survival(%s)"
HOUR = "SELECT as_of FROM store_hours ORDER BY hour DESC LIMIT 1"
TEST = "SELECT * FROM hourly_log_rank(%s)"


def page(request: Request) -> Response:
    """Answer `/survival`."""
    site = site_of(request)
    rule = int(choice(request, "rule", RULES))
    with site.database.read() as reading:
        shop = Shop.read(reading)
        if shop is None:
            return site.nothing_yet(request, shop)
        rows = {days: reading.rows(CURVES, days) for days in map(int, RULES)}
        test = reading.rows(TEST, rule)[0]
        hours = reading.rows(HOUR)
    if not hours:
        return site.page(request, "survival.html", shop=shop, as_of=None)
    curves = {days: [row for row in rows[days] if row["cohort"] is None] for days in rows}
    cohorts = {
        cohort: list(own)
        for cohort, own in groupby(rows[rule], lambda row: row["cohort"])
        if cohort is not None
    }
    return site.page(
        request,
        "survival.html",
        shop=shop,
        rule=rule,
        rules=sorted(map(int, RULES)),
        charts=[all_rules(curves), some_cohorts(cohorts, rule)],
        test=test,
        as_of=hours[0]["as_of"],
        at_days=AT_DAYS,
        cohorts=[
            {"cohort": cohort, "customers": rows[0]["at_risk"], "at": [at(rows, days) for days in AT_DAYS]}
            for cohort, rows in list(cohorts.items())[-COHORTS_LISTED:]
        ],
    )


def at(rows: Sequence[dict[str, Any]], days: int) -> dict[str, Any] | None:
    """Return the curve's line in force on a day; None where nobody has been observed for so long."""
    if rows[-1]["at_days"] < days:
        return None
    return [row for row in rows if row["at_days"] <= days][-1]


def all_rules(curves: dict[int, list[dict[str, Any]]]) -> Chart:
    """Return the three rules' curves."""
    drawn = [curve(f"{days} days of silence", rows) for days, rows in curves.items() if rows]
    last = max(rows[-1]["at_days"] for rows in curves.values() if rows)
    told = [
        f"{formats.share(line['survival'])} by the rule of {days} days"
        for days, rows in curves.items()
        if (line := at(rows, AT_DAYS[-1])) is not None
    ]
    summary = (
        f"After {AT_DAYS[-1]} days " + ", ".join(told) + " have not been silent for so long."
        if told
        else f"Nobody has been observed for {AT_DAYS[-1]} days yet."
    )
    return Chart(
        title="Customers who have not fallen silent",
        summary=f"{summary} Kaplan-Meier, with 95 % intervals.",
        picture=lines.draw("Survival by rule", days_axis(last), frame.shares(""), drawn),
        columns=["Rule", "Day", "At risk", "Survival", "Lower", "Upper"],
        rows=[[f"{days} days", *told_of(row)] for days, rows in curves.items() for row in thinned(rows, 20)],
        legend=lines.legend(drawn),
    )


def some_cohorts(cohorts: dict[Any, list[dict[str, Any]]], rule: int) -> Chart:
    """Return the curves of a few cohorts, evenly spaced, among those old enough to have lost anybody."""
    old = [cohort for cohort, rows in cohorts.items() if rows[-1]["survival"] < 1]
    step = max(1, -(-len(old) // COHORTS_DRAWN))
    drawn = [curve(formats.month(cohort), cohorts[cohort]) for cohort in old[::step]]
    last = max((cohorts[cohort][-1]["at_days"] for cohort in old), default=rule)
    return Chart(
        title=f"By month of the first order, until {rule} days of silence",
        summary=f"{formats.plural(len(drawn), 'cohort')} of {len(old):,} that are old enough; the table "
        "beneath has all. Kaplan-Meier, with 95 % intervals.",
        picture=lines.draw("Survival by cohort", days_axis(last), frame.shares(""), drawn),
        columns=["Cohort", "Day", "At risk", "Survival", "Lower", "Upper"],
        rows=[
            [formats.month(cohort), *told_of(row)]
            for cohort in old[::step]
            for row in thinned(cohorts[cohort], 12)
        ],
        legend=lines.legend(drawn),
    )


def curve(label: str, rows: Sequence[dict[str, Any]]) -> lines.Line:
    """Return a curve with its band: to where the survival is 0, beyond which there is no interval."""
    shown = thinned(rows, POINTS)
    return lines.Line(
        label,
        [(row["at_days"], row["survival"]) for row in shown],
        [(row["at_days"], row["lower"], row["upper"]) for row in shown if row["lower"] is not None],
        steps=True,
    )


def thinned(rows: Sequence[dict[str, Any]], points: int) -> list[dict[str, Any]]:
    """Return about so many of the lines, evenly spaced, the last among them."""
    step = max(1, len(rows) // points)
    return [*rows[:-1:step], rows[-1]] if rows else []


def told_of(row: dict[str, Any]) -> list[str]:
    """Return the cells of one line of a curve."""
    return [
        formats.count(row["at_days"]),
        formats.count(row["at_risk"]),
        *(formats.share(row[name]) for name in ("survival", "lower", "upper")),
    ]


def days_axis(last: int) -> frame.Axis:
    """Return an axis of days since the first order."""
    return frame.numbers(
        0, max(last, 1), "days since the first order", lambda value: f"{value:,.0f}", steps=6
    )
