"""Which share of a month's new customers came back: a table whose colours say what its numbers say."""

from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from analytics.dashboard.shop import Shop
from analytics.dashboard.site import choice, site_of

KINDS = {"month": "retention", "since": "unbounded_retention"}
COHORTS = 24
AGES = 24

# The newest cohorts of so many months, at so many ages.
RETENTION = """
    SELECT * FROM retention((date_trunc('month', store_today()) - make_interval(months => %s))::date)
    WHERE age_months <= %s ORDER BY cohort DESC, age_months
"""


def page(request: Request) -> Response:
    """Answer `/cohorts`."""
    site = site_of(request)
    kind = choice(request, "kind", tuple(KINDS))
    with site.database.read() as reading:
        shop = Shop.read(reading)
        rows = [] if shop is None else reading.rows(RETENTION, COHORTS - 1, AGES)
    if shop is None or not rows:
        return site.nothing_yet(request, shop)
    column = KINDS[kind]
    cohorts = [
        {"cohort": cohort, "customers": cells[0]["customers"], "cells": [cell[column] for cell in cells[1:]]}
        for cohort, found in groupby(rows, lambda row: row["cohort"])
        for cells in [list(found)]
    ]
    shares = [cell for cohort in cohorts for cell in cohort["cells"] if cell is not None]
    return site.page(
        request,
        "cohorts.html",
        shop=shop,
        kind=kind,
        cohorts=cohorts,
        ages=max(len(cohort["cells"]) for cohort in cohorts),
        most=max(shares, default=0.0),
    )
