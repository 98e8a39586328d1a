import subprocess
import sys

import pytest

from dataflows import shop
from tests.shop_files import DEMO, EVERYTHING
from tests.shops.preset import PLATFORMS, columns, load


@pytest.mark.parametrize("name", ["demo", *PLATFORMS])
def test_every_preset_is_a_shop(name):
    assert shop.load(name).heartbeat_topic == "shop.cdc.heartbeat"


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_columns_to_capture_are_those_that_the_file_names(name):
    assert set(shop.load(name).columns) == {
        f"{table}.{column}" for (table, _), column in columns(load(name)).items()
    }


def test_the_graph_has_the_stages_that_a_shop_needs():
    assert (DEMO.assembles_orders, DEMO.follows_merges) == (False, False)
    assert (EVERYTHING.assembles_orders, EVERYTHING.follows_merges) == (True, True)


def test_a_preset_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(ValueError, match=r"nowhere\.toml.*demo, medusa, saleor, spree"):
        shop.load("nowhere")


@pytest.mark.parametrize(
    ("line", "instead", "complaint"),
    [
        ("[connector]", "surprise = 1\n[connector]", "unknown field `surprise`"),
        ('total = "total"', "", "orders have no value"),
        ('counted = ["paid", "shipped", "refunded"]', "", "belong together"),
        ('refunded = "refunded"', 'refunded = "total"', "named twice"),
        ('table = "public.customers"', 'table = "public.orders"', "table is named twice"),
        (
            'table = "public.customers"',
            'table = "public.customers"\nmerged_into = "id"',
            "column is named twice",
        ),
        ('table = "public.orders"', 'table = "orders"', "matching regex"),
        ('currency = "EUR"', 'currency = "euro"', "matching regex"),
        ('currency = "EUR"', 'currency = "EUR"\nrates = { USD = "0,9" }', "matching regex"),
        ("[money]", '[calendar]\ntime_zone = "Berlin"\n[money]', "no time zone"),
        ('topic_prefix = "shop"', 'topic_prefix = "shop"\nversion = "offset"', "flattened"),
        (
            'topic_prefix = "shop"',
            'topic_prefix = "shop"\nversion = "offset"\nenvelope = "flattened"',
            "need LSNs",
        ),
        ("[connector]", "[connector", "line 2"),
    ],
)
def test_a_mistake_in_a_shop_file_is_told(tmp_path, line, instead, complaint):
    demo = (shop.FOLDER / "demo.toml").read_text()
    assert line in demo
    file = tmp_path / "shop.toml"
    file.write_text(demo.replace(line, instead))
    with pytest.raises(ValueError, match=f"shop.toml: .*{complaint}"):
        shop.load(str(file))


def test_the_command_prints_what_the_connector_is_told():
    command = [sys.executable, "-m", "dataflows.shop", "medusa"]
    tables = subprocess.run([*command, "tables"], capture_output=True, text=True, check=True).stdout.strip()
    assert tables == ",".join(shop.load("medusa").tables)
    topics = subprocess.run([*command, "topics"], capture_output=True, text=True, check=True).stdout.strip()
    assert topics.endswith("shop.cdc.heartbeat")
