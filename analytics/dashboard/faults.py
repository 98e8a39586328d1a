"""What a visitor sees where there is no answer: each page says what is wrong and what to do."""

import logging
from typing import Any

import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from analytics.dashboard.site import site_of

log = logging.getLogger(__name__)


def away(request: Request, error: Exception) -> Response:
    """Return the page for a database that does not answer; it tries again by itself."""
    log.warning("the database does not answer: %s", error)
    return _page(request, 503, "The database does not answer", "away.html", retries=True)


def slow(request: Request, _: Exception) -> Response:
    """Return the page for a query that Postgres gave up."""
    seconds = site_of(request).settings.query_seconds
    log.warning("a query of %s took longer than %g s", request.url.path, seconds)
    return _page(request, 504, "This takes too long", "slow.html", seconds=seconds)


def unready(request: Request, error: Exception) -> Response:
    """Return the page for a database without the tables, or for a login that may not read them."""
    log.error("the database cannot be read: %s", error)
    words = str(error).splitlines()[0]
    return _page(request, 503, "The database cannot be read", "unready.html", words=words, retries=True)


def refused(request: Request, error: Exception) -> Response:
    """Return the page for an address that leads nowhere, or says what it cannot mean."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these alone
    title = {400: "This address says what it cannot mean", 404: "There is no such page"}.get(
        error.status_code, "This cannot be done"
    )
    detail = "" if error.status_code == 404 else error.detail
    return _page(request, error.status_code, title, "refused.html", detail=detail)


def broken(request: Request, _: Exception) -> Response:
    """Return the page for a fault of the dashboard itself; the log has the rest."""
    return _page(request, 500, "The dashboard has a fault", "broken.html")


def _page(
    request: Request, status: int, title: str, template: str, *, retries: bool = False, **context: Any
) -> Response:
    site = site_of(request)
    name = f"faults/{template}"
    return site.page(request, name, status=status, title=title, retries=retries, **context)


HANDLERS: dict[int | type[Exception], ExceptionHandler] = {
    psycopg.errors.QueryCanceled: slow,
    psycopg.OperationalError: away,
    psycopg.ProgrammingError: unready,
    HTTPException: refused,
    Exception: broken,
}
