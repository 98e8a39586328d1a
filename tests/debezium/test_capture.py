"""A change in the shop arrives in Kafka, with the shop's clock behind it."""

import psycopg
import pytest
from confluent_kafka import Consumer

from stack.stack import Stack
from tests.debezium.conftest import wait_for

pytestmark = pytest.mark.stack


def test_an_order_arrives_whole_and_a_heartbeat_of_the_shops_clock_after_it(
    stack: Stack, consumer: Consumer
) -> None:
    with psycopg.connect(stack.endpoints().shop_dsn, autocommit=True) as shop:
        shop.execute("INSERT INTO customers (id) VALUES (8001), (8002)")
        shop.execute("INSERT INTO orders (id, customer_id, status, total) VALUES (8001, 8001, 'paid', 12.50)")
        shop.execute("UPDATE orders SET customer_id = 8002 WHERE id = 8001")

    moved = wait_for(
        consumer, "shop.public.orders", 4, lambda event: event["op"] == "u" and event["after"]["id"] == 8001
    )
    assert moved["before"]["customer_id"] == 8001
    assert moved["after"]["customer_id"] == 8002
    assert moved["after"]["total"] == "12.50"

    beat = wait_for(
        consumer, "shop.cdc.heartbeat", 1, lambda event: event["source"]["lsn"] > moved["source"]["lsn"]
    )
    assert beat["op"] in "cu"
    assert beat["after"]["shop_time"] > moved["after"]["placed_at"]


def test_the_simulator_may_replace_the_shops_clock(stack: Stack, consumer: Consumer) -> None:
    clock = "CREATE OR REPLACE FUNCTION cdc.shop_now() RETURNS timestamptz LANGUAGE sql AS"
    with psycopg.connect(stack.endpoints().shop_dsn, autocommit=True) as shop:
        shop.execute(f"{clock} $$ SELECT timestamptz '2001-02-03 04:05:06Z' $$")
        stack.create_databases()  # does not put the old clock back
        try:
            wait_for(
                consumer,
                "shop.cdc.heartbeat",
                1,
                lambda event: event["after"]["shop_time"].startswith("2001-02-03T04:05:06"),
            )
        finally:
            shop.execute(f"{clock} 'SELECT now()'")


def test_the_capturing_role_can_read_what_it_captures_and_no_more(stack: Stack) -> None:
    with psycopg.connect(stack.postgres.dsn("capture", "shop"), autocommit=True) as capture:
        capture.execute("SELECT FROM orders, customers LIMIT 1")
        forbidden = [
            "DELETE FROM orders",
            "UPDATE customers SET email = ''",
            "INSERT INTO customers (id) VALUES (1)",
            "DELETE FROM cdc.heartbeat",
            "CREATE TABLE mine (id int)",
            "CREATE TABLE cdc.mine (id int)",
            "CREATE ROLE mine",
        ]
        for statement in forbidden:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                capture.execute(statement)
