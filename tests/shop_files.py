"""Shop files for tests: the demo's, and one that uses everything."""

import msgspec

from dataflows import shop
from operators.shop import Shop

DEMO = shop.load("demo")

EVERYTHING = msgspec.toml.decode(
    b"""
    [connector]
    topic_prefix = "shop"
    [heartbeat]
    table = "cdc.heartbeat"
    time = "shop_time"
    [orders]
    table = "public.orders"
    id = "id"
    customer = "customer_id"
    status = "status"
    counted = ["paid", "shipped", "refunded"]
    placed_at = "placed_at"
    total = "total"
    refunded = "refunded"
    currency = "currency"
    deleted = "deleted_at"
    [customers]
    table = "public.customers"
    id = "id"
    merged_into = "merged_into"
    [[adjustments]]
    table = "public.refunds"
    id = "id"
    order = "order_id"
    amount = "amount"
    effect = "subtract"
    status = "status"
    counted = ["success"]
    [calendar]
    time_zone = "America/New_York"
    [money]
    currency = "EUR"
    [money.rates]
    USD = "0.9155"
    """,
    type=Shop,
)
