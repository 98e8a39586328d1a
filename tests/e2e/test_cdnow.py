"""The CDNOW data, through the whole pipeline, against the summary of the lifetimes library."""

import psycopg
import pytest
from lifetimes.datasets import load_dataset
from lifetimes.utils import summary_data_from_transaction_data

from demo.processes import Flow
from stack.stack import Stack
from tests.e2e import compare
from tests.e2e.waiting import wait_until

pytestmark = pytest.mark.stack

ROWS = """
    SELECT customer_id::int, frequency, extract(epoch FROM recency) / 86400,
           extract(epoch FROM (SELECT max(latest_purchase) FROM rfm) - first_purchase) / 86400
    FROM rfm
"""


@pytest.fixture
def master():
    """CDNOW_master: 69,659 orders of 23,570 customers in 1997 and 1998."""
    columns = ["customer", "date", "discs", "value"]
    return load_dataset(
        "CDNOW_master.txt", header=0, names=columns, sep=r"\s+", parse_dates=["date"], date_format="%Y%m%d"
    )


@pytest.fixture
def stack(tmp_path):
    stack = Stack(tmp_path / "home", heartbeat_interval_ms=250)
    try:
        yield stack
    finally:
        stack.down()


def test_cdnow_comes_out_as_lifetimes_sums_it_up(master, stack, tmp_path):
    assert len(master) == 69_659
    # lifetimes counts days, so a customer's orders of one day go into the shop as one
    days = master.groupby(["customer", "date"], as_index=False)["value"].sum()
    endpoints = stack.endpoints()
    # Before anything captures it: once time moves, old orders of great buyers are folded, late ones rejected.
    stack.start_databases()
    with psycopg.connect(endpoints.shop_dsn) as shop, shop.cursor() as cursor:
        with cursor.copy("COPY customers (id, created_at) FROM STDIN") as copy:
            for customer in days["customer"].unique():
                copy.write_row((int(customer), "1997-01-01 00:00:00+00"))
        with cursor.copy("COPY orders (id, customer_id, status, total, placed_at) FROM STDIN") as copy:
            for order, row in enumerate(days.itertuples()):
                copy.write_row(
                    (order, int(row.customer), "paid", f"{row.value:.2f}", f"{row.date:%F} 00:00:00+00")
                )
    stack.up()
    flow = Flow(tmp_path / "home", endpoints)
    flow.start()
    try:
        with psycopg.connect(endpoints.analytics_dsn, autocommit=True) as analytics:
            orders = "SELECT coalesce(sum(order_count), 0) FROM rfm"
            wait_until(flow, "the last order", lambda: analytics.execute(orders).fetchone()[0] == len(days))
            wait_until(flow, "the first stream time", lambda: compare.stream_time(endpoints))
            rows = {row[0]: tuple(map(float, row[1:])) for row in analytics.execute(ROWS)}
        assert compare.row_mismatches(endpoints) == []
    finally:
        flow.stop()
    summary = summary_data_from_transaction_data(master, "customer", "date", freq="D")
    expected = {row.Index: (row.frequency, row.recency, row.T) for row in summary.itertuples()}
    assert len(expected) == 23_570
    assert rows == expected
