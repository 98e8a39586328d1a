"""One customer: orders, the chance of another, states, alerts and segment."""

import hashlib
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from analytics.dashboard import formats
from analytics.dashboard.charts import frame, lines, timeline
from analytics.dashboard.charts.svg import Chart
from analytics.dashboard.database import Reading
from analytics.dashboard.history import History
from analytics.dashboard.reasons import why
from analytics.dashboard.shop import Shop
from analytics.dashboard.site import site_of

ORDERS_SHOWN = 100
ORDERS_DRAWN = 10_000
LIKE_IT = 12

CUSTOMER = "SELECT * FROM customers_now WHERE customer_id = %s"
ORDERS = """
    SELECT order_id, placed_at, value, is_order FROM purchases
    WHERE customer_id = %s ORDER BY placed_at DESC, line LIMIT %s
"""
ALERTS = "SELECT * FROM alerts WHERE customer_id = %s ORDER BY raised_at DESC"
VERSION = "SELECT * FROM models WHERE version = %s"
SEGMENT = "SELECT * FROM segments WHERE customer_id = %s"
ERASURE = "SELECT erased_at FROM erasures WHERE receipt = %s ORDER BY version DESC LIMIT 1"
BEGINNING = "SELECT customer_id FROM rfm WHERE starts_with(customer_id, %s) ORDER BY customer_id LIMIT %s"


def search(request: Request) -> Response:
    """Answer `/customers?id=…`, the search's address."""
    customer_id = request.query_params.get("id", "")
    if not customer_id:
        return RedirectResponse("/risk", 303)
    path = formats.customer_path(customer_id)
    return answer(request, customer_id) if "?" in path else RedirectResponse(path, 303)


def page(request: Request) -> Response:
    """Answer `/customers/{id}`."""
    return answer(request, request.path_params["customer_id"])


def answer(request: Request, customer_id: str) -> Response:
    """Return a customer's page, or the one that says that there is no such customer."""
    site = site_of(request)
    with site.database.read() as reading:
        shop = Shop.read(reading)
        if shop is None:
            return site.nothing_yet(request, shop)
        # No text in Postgres has a U+0000.
        customer = None if "\0" in customer_id else reading.row(CUSTOMER, customer_id)
        if customer is None:
            found = unknown(reading, customer_id)
            return site.page(request, "nobody.html", status=404, shop=shop, id=customer_id, **found)
        orders = reading.rows(ORDERS, customer_id, ORDERS_DRAWN)
        alerts = reading.rows(ALERTS, customer_id)
        version = reading.row(VERSION, customer["model_version"])
        segment = reading.row(SEGMENT, customer_id)
    history = History.of([row["placed_at"] for row in orders if row["is_order"]], version, shop.now)
    return site.page(
        request,
        "customer.html",
        shop=shop,
        customer=customer,
        why=why(customer),
        version=version,
        segment=segment,
        orders=orders[:ORDERS_SHOWN],
        alerts=alerts,
        charts=[] if history is None else [chances(history, customer, shop), states(history, alerts, shop)],
    )


def unknown(reading: Reading, customer_id: str) -> dict[str, Any]:
    """Return what can be said of an id that no customer has."""
    if "\0" in customer_id:
        return {"erasure": None, "similar": []}
    receipt = hashlib.sha256(customer_id.encode()).hexdigest()
    similar = reading.rows(BEGINNING, customer_id, LIKE_IT)
    return {"erasure": reading.row(ERASURE, receipt), "similar": [row["customer_id"] for row in similar]}


def chances(history: History, customer: dict[str, Any], shop: Shop) -> Chart:
    """Return the curve of P(alive), from the first order on and beyond now."""
    curve = history.p_alive()
    x = frame.times(history.orders[0], history.end, shop.zone)
    marks = [lines.Mark(shop.now.timestamp(), "now")]
    crossing = customer["at_risk_at"]
    if crossing is not None:
        marks.append(lines.Mark(crossing.timestamp(), "T*, at risk" if crossing <= shop.now else "T*"))
    threshold = lines.Line("threshold", [(x.low, history.threshold), (x.high, history.threshold)])
    drawn = [lines.Line("P(alive)", [(at.timestamp(), p) for at, p in curve]), threshold]
    told = "never" if crossing is None else f"on {formats.day(crossing.astimezone(shop.zone))}"
    return Chart(
        title="Chance of ordering again",
        summary=f"P(alive) falls while the customer is silent and jumps with each order. It is "
        f"{formats.share(customer['p_alive'])} now, and, in this silence, reaches the threshold of "
        f"{formats.share(history.threshold, 0)} {told} (T*). By the customer’s present version of the model.",
        picture=lines.draw("P(alive) over time", x, frame.shares(""), drawn, marks),
        columns=["When", "P(alive)"],
        rows=[
            [f"{formats.day(at.astimezone(shop.zone))}, {at.astimezone(shop.zone):%H:%M}", formats.share(p)]
            for at, p in curve[:: max(1, len(curve) // 60)]
        ],
        legend=lines.legend(drawn),
    )


def states(history: History, alerts: Sequence[dict[str, Any]], shop: Shop) -> Chart:
    """Return the states the customer was in, as the present version of the model sees them."""
    stays = history.states()
    x = frame.times(history.orders[0], history.end, shop.zone)
    raised = [row["raised_at"] for row in alerts if row["status"] != "withdrawn"]
    return Chart(
        title="States",
        summary=f"Now {timeline.in_words(stays[-1].state)}. As the customer’s present version of the model "
        "sees it; an alert was raised by the version then in force.",
        picture=timeline.draw(
            "States over time",
            x,
            [(stay.state, stay.begin.timestamp(), stay.end.timestamp()) for stay in stays],
            [at.timestamp() for at in history.orders],
            [at.timestamp() for at in raised],
        ),
        columns=["State", "From", "Days"],
        rows=[
            [
                timeline.in_words(stay.state),
                formats.day(stay.begin.astimezone(shop.zone)),
                formats.decimal((stay.end - stay.begin).total_seconds() / 86_400, 1),
            ]
            for stay in reversed(stays)
        ],
    )
