"""What each page tells is what the database holds; what it cannot tell it says."""

import html
import re
import time
from datetime import UTC

import psycopg
import pytest

from analytics.dashboard.site import PAGES
from tests.dashboard.conftest import client_of, filled, metrics_told
from tests.dashboard.filling import DAY, FITTED, NOW, ONCE, REGULAR, clock, one_customer, told, versions

pytestmark = pytest.mark.stack

ALL = [*PAGES, f"/customers/{REGULAR}"]


def text_of(answer, status=200):
    assert answer.status_code == status, answer.text
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def asked(dsns, query, *arguments):
    with psycopg.connect(dsns[0]) as connection:
        return connection.execute(query, arguments).fetchone()


@pytest.mark.parametrize("path", ALL)
def test_every_page_says_of_when_it_is_in_the_shops_time_zone(shop, path):
    assert "As of 15 Jul 2026, 14:00 Europe/Berlin" in text_of(shop.get(path))


@pytest.mark.parametrize("path", ALL)
def test_every_chart_has_a_title_words_and_a_table(shop, path):
    page = shop.get(path).text
    figures = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert len(figures) == page.count("<figure")
    assert figures or path in {"/risk", "/cohorts", "/alerts", "/pipeline"}
    for figure in figures:
        assert re.search(r"<h2>[^<]+</h2>\s*<p>[^<]+</p>", figure)
        assert re.search(r'<svg [^>]*role="img" aria-label="[^"]+"', figure)
        assert figure.count("<tr>") > 2
        assert "nan" not in figure.lower().replace("finance", "")


@pytest.mark.parametrize("path", ALL)
def test_nothing_from_elsewhere_and_nothing_inline(shop, path):
    answer = shop.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script>|(src|href)=\"(https?:)?//", answer.text)


def test_the_overview_counts_the_customers(shop, shop_dsns):
    customers, active, at_risk, value = asked(
        shop_dsns,
        "SELECT count(*), count(*) FILTER (WHERE NOT churned_30), count(*) FILTER (WHERE state = 'AT_RISK'), "
        "(SELECT sum(value_at_risk) FROM alerts WHERE status = 'open') FROM customers_now",
    )
    page = text_of(shop.get("/"))
    assert f"Customers {customers}" in page
    assert f"Active within 30 days {active}" in page
    assert f"At risk now {at_risk}" in page
    assert f"Value at risk {value:,.0f} EUR" in page


def test_the_overview_tells_the_expected_revenue_with_its_interval(shop, shop_dsns):
    expected, lower, upper = asked(
        shop_dsns, "SELECT expected_revenue, lower, upper FROM expected_revenue(90)"
    )
    told = f"Expected revenue, 90 days {expected:,.0f} EUR {lower:,.0f} EUR to {upper:,.0f} EUR"
    assert told in text_of(shop.get("/"))


def test_the_overviews_active_customers_are_those_of_the_last_complete_days_end(shop, shop_dsns):
    [active] = asked(
        shop_dsns,
        "WITH ends AS (SELECT store_today()::timestamp AT TIME ZONE 'Europe/Berlin' AS at) "
        "SELECT count(DISTINCT customer_id) FROM purchases, ends "
        "WHERE placed_at < at AND placed_at > at - interval '720 hours'",
    )
    assert f"On 14 Jul 2026: {active} within 30 days" in text_of(shop.get("/"))


def test_the_overview_does_without_the_hours(lone_customer):
    page = text_of(lone_customer.get("/"))
    assert "Customers 1" in page
    assert "python -m analytics.hourly" in page


def test_the_survival_page_says_what_its_curves_wait_for(lone_customer):
    assert "python -m analytics.hourly" in text_of(lone_customer.get("/survival"))


@pytest.mark.parametrize("path", list(PAGES))
def test_a_database_that_nobody_has_told_anything_has_a_page_of_its_own(untold, path):
    page = text_of(untold.get(path))
    assert "Nothing to show yet" in page
    assert "heartbeat" in page


@pytest.mark.parametrize("path", list(PAGES))
def test_a_shop_with_a_clock_and_without_customers_is_no_fault(deserted, path):
    assert deserted.get(path).status_code == 200


@pytest.mark.parametrize("path", list(PAGES))
def test_a_shop_with_one_order_is_no_fault(lone_customer, path):
    assert lone_customer.get(path).status_code == 200


def test_the_overview_says_where_no_day_has_been_told(empty_dsns):
    owner, reader = filled(empty_dsns, one_customer)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DELETE FROM store_windows")
    assert "Days and weeks are not there yet" in text_of(client_of(reader).get("/"))


def test_the_open_alerts_are_told_by_value_a_page_at_a_time(shop, shop_dsns):
    [alerts] = asked(shop_dsns, "SELECT count(*) FROM alerts WHERE status = 'open'")
    path, found = "/risk", []
    while path:
        page = shop.get(path).text
        found += re.findall(r'<td class="number">([\d,.]+) EUR</td>\s*<td><span class="badge', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following and html.unescape(following[1])
    values = [float(value.replace(",", "")) for value in found]
    assert len(values) == alerts > 100
    assert values == sorted(values, reverse=True)


def test_alerts_of_equal_value_are_all_on_some_page(empty_dsns):
    owner, reader = empty_dsns
    with psycopg.connect(owner, autocommit=True) as connection:
        clock(connection)
        for number in range(120):
            told(connection, f"{number}/%/1", customer=f"{number}/%")
    client = client_of(reader)
    path, found = "/risk?level=AT_RISK", []
    while path:
        page = client.get(path).text
        found += re.findall(r'href="/customers/(\d+)%2F%25"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following and html.unescape(following[1])
    assert sorted(map(int, found)) == list(range(120))


def test_the_reason_compares_the_silence_with_the_usual_gap(shop):
    page = text_of(shop.get(f"/customers/{REGULAR}"))
    assert "Ordered every 38 days on average, and has not for 100 days, 2.7 times as long" in page


def test_a_customers_page_has_orders_alerts_and_segment(shop, shop_dsns):
    page = text_of(shop.get(f"/customers/{REGULAR}"))
    segment, p_alive = asked(
        shop_dsns,
        "SELECT segment, p_alive FROM segments JOIN customers_now USING (customer_id) WHERE customer_id = %s",
        REGULAR,
    )
    assert f"Segment {segment}" in page
    assert f"P(alive) {p_alive:.1%}".replace("%", " %") in page
    assert "resolved" in page
    orders = [
        found[0]
        for found in psycopg.connect(shop_dsns[0]).execute(
            "SELECT order_id FROM purchases WHERE customer_id = %s", (REGULAR,)
        )
    ]
    assert all(order in page for order in orders)


def test_a_customer_of_whom_nothing_is_said_yet_has_a_page(shop):
    assert "There has been no alert" in text_of(shop.get(f"/customers/{ONCE}"))


def test_a_customers_page_says_why_there_is_no_curve(lone_customer, empty_dsns):
    assert "does not know the customer’s version, unknown" in text_of(lone_customer.get("/customers/c"))
    owner, reader = filled(empty_dsns, one_customer)
    with psycopg.connect(owner, autocommit=True) as connection:
        versions(connection)
        connection.execute("UPDATE rfm SET model_version = %s", (FITTED,))
        connection.execute("DELETE FROM purchases")
    assert "none of the orders is in table purchases" in text_of(client_of(reader).get("/customers/c"))


def test_whoever_is_unknown_is_not_found_and_similar_ids_are_shown(shop):
    page = text_of(shop.get("/customers/regul"), 404)
    assert "regul" in page
    assert "Ids that begin so: regular" in page


def test_an_erased_customer_leaves_no_more_than_a_receipt(empty_dsns):
    owner, reader = empty_dsns
    with psycopg.connect(owner, autocommit=True) as connection:
        clock(connection)
        receipt = "encode(sha256('gone'), 'hex')"
        connection.execute(f"INSERT INTO erasures VALUES ({receipt}, 1, %s)", (NOW - DAY,))
    assert "erased on 14 Jul 2026, 14:00" in text_of(client_of(reader).get("/customers/gone"), 404)


def test_the_search_leads_to_the_customer(shop):
    answer = shop.get("/customers", params={"id": REGULAR})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/customers/{REGULAR}")
    assert shop.get("/customers", params={"id": ""}).headers["location"] == "/risk"


def test_the_survival_page_tells_the_test_of_the_database(shop, shop_dsns):
    chi_square, degrees, p = asked(shop_dsns, "SELECT * FROM log_rank(60)")
    told_as = f"χ² = {chi_square:,.1f} with {degrees} degrees of freedom, p = {p:.3f}"
    assert told_as in text_of(shop.get("/survival?rule=60"))


@pytest.mark.parametrize("rule", [30, 60, 90])
def test_the_survival_pages_curves_are_those_of_the_database(shop, shop_dsns, rule):
    with psycopg.connect(shop_dsns[0]) as connection:
        last = connection.execute("SELECT * FROM survival(%s)", (rule,)).fetchall()[-1]
    told_as = f"{rule} days {last[0]} {last[1]} {last[4]:.1%}".replace("%", " %")
    for asked_for in (30, 60, 90):
        assert told_as in text_of(shop.get(f"/survival?rule={asked_for}"))


def test_the_cohorts_cells_are_those_of_the_database(shop, shop_dsns):
    retained, unbounded = asked(
        shop_dsns,
        "SELECT retention, unbounded_retention FROM retention() "
        "WHERE cohort = '2025-06-01' AND age_months = 3",
    )
    for kind, cell in (("month", retained), ("since", unbounded)):
        row = re.search(r">Jun 2025<.*?</tr>", shop.get(f"/cohorts?kind={kind}").text)[0]
        assert re.findall(r"<td[^>]*>([^<]*)</td>", row)[3] == f"{cell:.0%}".replace("%", " %")


def test_the_model_page_tells_what_was_decided(shop):
    page = text_of(shop.get("/model"))
    assert "1 Jun 2026, 02:00 in force" in page
    assert "1 Jul 2026, 02:00 refused" in page
    assert "1 May 2026, 02:00 unchanged" in page
    assert "no better than chance" in page


def test_times_are_told_to_machines_in_utc(shop):
    instants = re.findall(r'datetime="([^"]+)"', shop.get("/risk").text)
    assert len(instants) > 50
    assert all(at.endswith("+00:00") for at in instants)
    assert NOW.astimezone(UTC).isoformat() in instants


def test_the_pipeline_says_where_the_flows_metrics_cannot_be_read(shop):
    page = text_of(shop.get("/pipeline"))
    assert "The flow’s metrics cannot be read" in page
    assert "RETENTIONCAST_DASHBOARD_METRICS_URLS" in page


def test_the_pipeline_tells_what_the_flow_does(shop_dsns, serve_text):
    url = serve_text(metrics_told(3, time.time() - 60))
    page = text_of(client_of(shop_dsns[1], metrics_urls=(url,)).get("/pipeline"))
    assert "Lag 3 records" in page
    assert "broken 5 no-rate 2" in page
    assert "behind this machine’s clock" in page
