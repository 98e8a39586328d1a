from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from connectors.alert_table import AlertLine, AlertsGone
from connectors.postgres_sink import PostgresSink
from operators.alert_body import AlertBody, WithdrawnBody
from operators.erasure import Erasure
from operators.instant import to_datetime
from operators.row import Row, StreamTime
from tests.connectors.tables import RULES, each_way
from tests.operators.test_alert_body import OPEN, RESOLVED, WITHDRAWN, alerts

pytestmark = pytest.mark.stack

LATER = datetime(2026, 7, 1, tzinfo=UTC)
# How Postgres gives back what JSON says.
AMOUNTS = ("order_value", "value_at_risk", "resolved_by_order_value")


@pytest.fixture
def dsn(fresh_database):
    return fresh_database()


@pytest.fixture
def part(dsn):
    sink = PostgresSink(dsn, 1, RULES)
    [name] = sink.list_parts()
    part = sink.build_part("rows", name, None)
    yield part
    part.close()


@pytest.fixture
def database(part, dsn):
    with psycopg.connect(dsn, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.fixture
def lines(database):
    """Every line but for who wrote it."""

    def found():
        lines = database.execute("SELECT * FROM alerts ORDER BY alert_id").fetchall()
        return [{name: value for name, value in line.items() if name != "execution"} for line in lines]

    return found


def alert(customer_id, order_id="1", body=OPEN, **changes):
    """An alert of another silence."""
    ids = {"alert_id": f"{customer_id}/{order_id}", "customer_id": customer_id}
    if isinstance(body, AlertBody):
        ids["latest_order_id"] = order_id
    return replace(body, **ids, **changes)


def line(body, first_told_at=None, withdrawal=None):
    """The line of an alert, told for the first time at another instant than the last, perhaps."""
    known = asdict(body)
    del known["resolved_after_seconds"]
    for name in AMOUNTS:
        known[name] = None if known[name] is None else Decimal(known[name])
    known |= {"withdrawn_reason": None, "first_told_at": first_told_at or body.told_at}
    if withdrawal is not None:
        known |= withdrawn(withdrawal)
    return known


def withdrawn(body):
    return {"status": "withdrawn", "withdrawn_reason": body.reason, "told_at": body.told_at}


def write(part, *said):
    part.write_batch([item if isinstance(item, AlertsGone) else AlertLine(item) for item in said])


@pytest.mark.parametrize("body", [OPEN, RESOLVED, replace(OPEN, suppressed_by="budget")])
def test_a_line_says_what_the_topic_says(part, lines, body):
    write(part, body)
    assert lines() == [line(body)]


@each_way
def test_the_last_that_was_told_stands_with_the_instant_of_the_first(part, lines, batches):
    revised = replace(OPEN, order_value="200.00", told_at=datetime(2026, 6, 1, tzinfo=UTC))
    for said in batches([OPEN, revised, RESOLVED]):
        write(part, *said)
    assert lines() == [line(RESOLVED, first_told_at=OPEN.told_at)]


@each_way
def test_a_withdrawn_alert_keeps_what_was_told_before(part, lines, batches):
    for said in batches([OPEN, RESOLVED, WITHDRAWN]):
        write(part, *said)
    assert lines() == [line(RESOLVED, OPEN.told_at, WITHDRAWN)]


@each_way
def test_a_withdrawal_may_have_no_instant(part, lines, batches):
    erased = replace(WITHDRAWN, reason="erasure", told_at=None)
    for said in batches([OPEN, erased]):
        write(part, *said)
    assert lines() == [line(OPEN, withdrawal=erased)]


@each_way
def test_an_alert_that_comes_back_is_open_again(part, lines, batches):
    back = replace(OPEN, told_at=LATER)
    for said in batches([OPEN, WITHDRAWN, back]):
        write(part, *said)
    assert lines() == [line(back, first_told_at=OPEN.told_at)]


@each_way
def test_there_is_nothing_to_withdraw_of_what_is_not_there(part, lines, database, batches):
    other = alert("c2")
    for said in batches([WITHDRAWN, other]):
        write(part, *said)
    assert lines() == [line(other)]
    assert database.execute("SELECT * FROM rejected_rows").fetchall() == []


@each_way
def test_a_customer_who_is_gone_leaves_no_line_and_the_others_theirs(part, lines, batches):
    kept = alert("c2")
    for said in batches([OPEN, alert("4711", "8", RESOLVED), kept, AlertsGone("4711")]):
        write(part, *said)
    assert lines() == [line(kept)]


@each_way
def test_who_comes_back_under_the_same_id_has_the_new_lines_only(part, lines, batches):
    new, again = alert("4711", "new"), replace(OPEN, told_at=LATER)
    for said in batches([OPEN, WITHDRAWN, AlertsGone("4711"), new, again]):
        write(part, *said)
    assert lines() == [line(again), line(new)]


@each_way
def test_the_last_deletion_counts(part, lines, batches):
    for said in batches([AlertsGone("4711"), OPEN, AlertsGone("4711"), alert("c2"), AlertsGone("4711")]):
        write(part, *said)
    assert lines() == [line(alert("c2"))]


def test_a_replay_writes_the_same_again(part, lines):
    said = [OPEN, alert("c2"), alert("c3"), AlertsGone("c3"), RESOLVED, alert("c2", body=WITHDRAWN)]
    write(part, *said)
    before = lines()
    assert len(before) == 2
    for one in said[2:]:  # from a snapshot in the middle
        write(part, one)
    assert lines() == before


def test_an_earlier_start_of_the_flow_overwrites_withdraws_and_deletes_nothing(part, dsn, lines):
    later = PostgresSink(dsn, 1, RULES).build_part("rows", "00", None)
    write(later, RESOLVED)
    later.close()
    for said in (OPEN, WITHDRAWN, AlertsGone("4711")):
        write(part, said)
    assert lines() == [line(RESOLVED)]


def test_alerts_stand_among_all_other_items(part, lines, database):
    row = Row("4711", 0, 0, 1, 5, "EUR", "ACTIVE", 0, None, None, "m1", 1)
    part.write_batch(
        [
            AlertLine(OPEN),
            row,
            Erasure("ab", 1, 0),
            AlertLine(alert("c2")),
            AlertsGone("4711"),
            StreamTime(9, 0),
        ]
    )
    assert lines() == [line(alert("c2"))]
    for table in ("rfm", "erasures", "stream_time"):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == {"count": 1}


BAD = {
    "text that Postgres cannot hold": {"campaign": "win\0back"},
    "an unknown level": {"level": "OVERDUE"},
    "an amount with too many digits": {"order_value": "1" * 19 + ".00"},
    "more orders than an integer counts": {"order_count": 2**31},
    "raised before the silence began": {"raised_at": datetime(2026, 3, 12, 18, 30, 10, tzinfo=UTC)},
    "resolved at no instant": {"status": "resolved"},
    "resolved by an order at no instant": {"resolved_by_order_id": "90377"},
}


@pytest.mark.parametrize("changes", BAD.values(), ids=BAD)
def test_a_line_that_cannot_be_held_is_set_aside_and_all_others_are_written(part, database, lines, changes):
    others = [alert("c1"), alert("c2"), alert("c3", body=RESOLVED)]
    write(part, others[0], replace(OPEN, **changes), *others[1:], AlertsGone("c1"))
    assert lines() == [line(other) for other in others[1:]]
    found = database.execute("SELECT row -> 'body' ->> 'alert_id' AS id FROM rejected_rows").fetchall()
    assert found == [{"id": OPEN.alert_id}]


told = st.integers(0, 10**15).map(to_datetime)
said_by_the_topic = st.lists(
    st.one_of(
        st.builds(alert, *[st.sampled_from("ab")] * 2, body=st.sampled_from([OPEN, RESOLVED]), told_at=told),
        st.builds(alert, *[st.sampled_from("ab")] * 2, body=st.just(WITHDRAWN), told_at=st.none() | told),
        st.builds(AlertsGone, st.sampled_from("ab")),
    ),
    max_size=12,
)


def one_by_one(said):
    """The lines after the topic has been read item by item."""
    known = {}
    for item in said:
        match item:
            case AlertsGone(customer_id=customer_id):
                known = {id_: line for id_, line in known.items() if line["customer_id"] != customer_id}
            case AlertBody(alert_id=id_):
                first = known[id_]["first_told_at"] if id_ in known else None
                known[id_] = line(item, first)
            case WithdrawnBody(alert_id=id_) if id_ in known:
                known[id_] |= withdrawn(item)
    return [known[id_] for id_ in sorted(known)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=said_by_the_topic, cuts=st.sets(st.integers(0, 12)))
def test_however_the_topic_is_cut_into_batches_the_lines_are_the_same(part, database, lines, said, cuts):
    database.execute("TRUNCATE alerts")
    bounds = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})
    for start, end in pairwise(bounds):
        write(part, *said[start:end])
    assert lines() == one_by_one(said)


def in_order(body):
    """The same with instants in the order in which they must have been."""
    instants = ("first_purchase", "latest_purchase", "raised_at", "resolved_at")
    names = [name for name in instants if getattr(body, name) is not None]
    return replace(body, **dict(zip(names, sorted(getattr(body, name) for name in names), strict=True)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=alerts.map(in_order))
def test_every_alert_that_can_be_read_can_be_kept(part, database, lines, body):
    database.execute("TRUNCATE alerts")
    write(part, body)
    assert lines() == [line(body)]
