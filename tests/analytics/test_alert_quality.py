"""The view against a plain count."""

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg
import pytest
from msgspec.structs import replace

from analytics.migrate import migrate
from connectors import alert_table
from connectors.alert_table import AlertLine
from operators.alert_body import WithdrawnBody
from tests.operators.test_alert_body import OPEN

pytestmark = pytest.mark.stack

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def database(fresh_database):
    with psycopg.connect(fresh_database(), autocommit=True) as connection:
        migrate(connection)
        connection.execute("SET TimeZone = 'America/New_York'")  # where a day in March has 23 hours
        yield connection


def set_time(database, now):
    database.execute("INSERT INTO stream_time (now, alerts_since) VALUES (%s, %s)", (now, now))


def alert(number, raised_at, resolved_after=None, **changes):
    """An alert of a silence that lasted so long after it, None for one that goes on."""
    id_ = str(number)
    body = replace(
        OPEN,
        alert_id=f"{id_}/1",
        customer_id=id_,
        latest_order_id="1",
        first_purchase=raised_at - 100 * DAY,
        latest_purchase=raised_at - 50 * DAY,
        raised_at=raised_at,
        **changes,
    )
    if resolved_after is None:
        return body
    return replace(
        body,
        status="resolved",
        resolved_at=raised_at + resolved_after,
        resolved_after_seconds=resolved_after.total_seconds(),
        resolved_by_order_id="2",
        resolved_by_order_value="1.00",
    )


def withdrawal(of):
    return WithdrawnBody(alert_id=of.alert_id, customer_id=of.customer_id, reason="order-gone", told_at=NOON)


def write(database, *bodies):
    with database.cursor() as cursor:
        alert_table.write(cursor, [AlertLine(body) for body in bodies], execution=1)


def quality(database):
    """The view's lines by day and arm."""
    with database.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        lines = cursor.execute("SELECT * FROM alert_quality").fetchall()
    found = {(line.pop("day"), line.pop("arm")): line for line in lines}
    assert len(found) == len(lines)
    return found


def counted(bodies, withdrawn_ids, now):
    """The same, alert by alert."""
    groups = defaultdict(list)
    for body in bodies:
        groups[body.raised_at.date(), body.arm].append(body)
    return {group: count(of_group, withdrawn_ids, now) for group, of_group in groups.items()}


def count(bodies, withdrawn_ids, now):
    raised = [body for body in bodies if body.suppressed_by is None]
    standing = [body for body in raised if body.alert_id not in withdrawn_ids]
    withdrawn = len(raised) - len(standing)
    line = {
        "raised": len(raised),
        "suppressed_by_cooldown": sum(body.suppressed_by == "cooldown" for body in bodies),
        "suppressed_by_budget": sum(body.suppressed_by == "budget" for body in bodies),
        "control": sum(body.arm == "control" for body in raised),
        "withdrawn": withdrawn,
        "withdrawn_share": pytest.approx(withdrawn / len(raised)) if raised else None,
        "resolved": sum(body.status == "resolved" for body in standing),
    }
    for days in (30, 60, 90):
        judged = [body for body in standing if now - body.raised_at >= days * DAY]
        away = [
            body
            for body in judged
            if body.resolved_at is None or body.resolved_at - body.raised_at >= days * DAY
        ]
        line[f"judged_{days}"] = len(judged)
        line[f"stayed_away_{days}"] = len(away)
        line[f"precision_{days}"] = pytest.approx(len(away) / len(judged)) if judged else None
    return line


@pytest.mark.parametrize("seed", range(3))
def test_the_view_is_what_can_be_counted(database, seed):
    random = Random(seed)
    bodies = [
        alert(
            number,
            NOON - random.choice([random.uniform(0, 100), 30, 60, 90]) * DAY,
            random.choice([None, random.uniform(0, 100) * DAY, 30 * DAY, 60 * DAY, 90 * DAY]),
            suppressed_by=random.choice([None, None, "cooldown", "budget"]),
            arm=random.choice(["treatment", "treatment", "control"]),
        )
        for number in range(2000)
    ]
    withdrawn = random.sample(bodies, 300)
    write(database, *bodies, *map(withdrawal, withdrawn))
    set_time(database, NOON)
    found = quality(database)
    assert found == counted(bodies, {body.alert_id for body in withdrawn}, NOON)
    assert any(0 < (line["precision_30"] or 0) < 1 for line in found.values())


def test_days_are_those_of_utc(database):
    midnight = datetime(2026, 3, 8, tzinfo=UTC)
    write(
        database, alert(1, midnight - MICROSECOND), alert(2, midnight), alert(3, midnight + DAY - MICROSECOND)
    )
    found = {str(day): line["raised"] for (day, _), line in quality(database).items()}
    assert found == {"2026-03-07": 1, "2026-03-08": 2}


@pytest.mark.parametrize("days", [30, 60, 90])
def test_an_alert_is_judged_when_so_many_days_of_24_hours_are_over(database, days):
    young, ripe = NOON - days * DAY + MICROSECOND, NOON - days * DAY
    write(database, alert(1, young), alert(2, ripe))
    set_time(database, NOON)
    assert sum(line[f"judged_{days}"] for line in quality(database).values()) == 1
    assert sum(line[f"stayed_away_{days}"] for line in quality(database).values()) == 1


@pytest.mark.parametrize("days", [30, 60, 90])
def test_who_comes_back_after_so_many_days_has_stayed_away(database, days):
    raised_at = NOON - 200 * DAY
    write(database, alert(1, raised_at, days * DAY - MICROSECOND), alert(2, raised_at, days * DAY))
    set_time(database, NOON)
    [line] = quality(database).values()
    assert (line[f"judged_{days}"], line[f"stayed_away_{days}"], line[f"precision_{days}"]) == (2, 1, 0.5)


def test_nothing_is_judged_before_the_first_heartbeat(database):
    write(database, alert(1, NOON - 200 * DAY), alert(2, NOON - 200 * DAY, DAY))
    [line] = quality(database).values()
    assert (line["raised"], line["resolved"], line["judged_30"], line["precision_30"]) == (2, 1, 0, None)


def test_there_is_no_share_of_no_raised_alerts(database):
    write(database, alert(1, NOON, suppressed_by="budget"))
    [line] = quality(database).values()
    assert (line["raised"], line["withdrawn_share"]) == (0, None)


def plan(database, query):
    database.execute("SET enable_seqscan = off")  # a table of a few lines is read whole
    return "\n".join(text for (text,) in database.execute(f"EXPLAIN {query}").fetchall())


def test_a_customers_page_and_a_few_days_of_the_view_need_not_read_the_table(database):
    write(database, *(alert(number, NOON) for number in range(10)))
    page = plan(database, "SELECT * FROM alerts WHERE customer_id = '5' ORDER BY raised_at DESC")
    assert "alerts_customer" in page
    assert "Sort" not in page
    assert "alerts_day" in plan(database, "SELECT * FROM alert_quality WHERE day >= '2026-06-01'")


def test_the_comparison_of_the_arms_that_subscribers_are_told_of(database):
    day = NOON - 30 * DAY
    set_time(database, NOON)
    taken_back = alert(7, day, DAY)
    before = datetime(2026, 4, 30, tzinfo=UTC)  # the switch to the campaign, in the document's query
    of_the_last_campaign = alert(10, before, campaign="another", arm="control", told_at=before)
    write(database, of_the_last_campaign)
    write(
        database,
        alert(1, day, 30 * DAY),
        alert(2, day, 30 * DAY + MICROSECOND),
        alert(3, day - DAY),
        alert(4, day + MICROSECOND, DAY),
        alert(5, day, DAY, suppressed_by="cooldown"),
        alert(6, day, DAY, campaign="another"),
        taken_back,
        withdrawal(taken_back),
        alert(8, day, DAY, arm="control"),
        alert(9, day, arm="control"),
        alert(10, before, DAY),
    )
    query = re.search(r"    SELECT arm.*?;", Path("docs/subscribe.md").read_text(), re.DOTALL)[0]
    found = {arm: tuple(map(float, figures)) for arm, *figures in database.execute(query)}
    assert found == {"treatment": (3, pytest.approx(1 / 3), pytest.approx(1 / 3)), "control": (2, 0.5, 0.5)}
