"""Whether the flow keeps up: what it tells Prometheus, and what the database shows."""

from starlette.requests import Request
from starlette.responses import Response

from analytics.dashboard.metrics import Metrics, Unreachable
from analytics.dashboard.shop import Shop
from analytics.dashboard.site import site_of

# The days have few lines, and each start of the flow writes one before long.
TABLES = """
    SELECT
        (SELECT count(*) FROM rejected_rows) AS rejected_rows,
        (SELECT max(execution) FROM store_windows) AS execution
"""


def page(request: Request) -> Response:
    """Answer `/pipeline`."""
    site = site_of(request)
    with site.database.read() as reading:
        shop = Shop.read(reading)
        if shop is None:
            return site.nothing_yet(request, shop)
        tables = reading.row(TABLES)
    try:
        metrics = Metrics.fetch(site.settings.metrics_urls)
    except Unreachable as error:
        return site.page(request, "pipeline.html", shop=shop, tables=tables, metrics=None, reason=str(error))
    return site.page(request, "pipeline.html", shop=shop, tables=tables, metrics=metrics, reason="")
