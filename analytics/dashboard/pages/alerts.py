"""The alerts as they are told, live."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import psycopg
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from analytics.dashboard.shop import Shop
from analytics.dashboard.site import HEADERS, Site, site_of

SHOWN = 50
POLL_SECONDS = 1.0

NEWEST = "SELECT * FROM alerts WHERE told_at IS NOT NULL ORDER BY told_at DESC, alert_id LIMIT %s"

Alert = dict[str, Any]


def page(request: Request) -> Response:
    """Answer `/alerts`."""
    site = site_of(request)
    shop, alerts = newest(site)
    if shop is None:
        return site.nothing_yet(request, shop)
    since = alerts[0]["told_at"] if alerts else datetime.fromtimestamp(0, UTC)
    return site.page(request, "alerts.html", shop=shop, alerts=alerts, since=since.isoformat())


async def feed(request: Request) -> Response:
    """Answer `/alerts/feed?since=…`: server-sent events, an item of the page's list each."""
    try:
        since = datetime.fromisoformat(request.query_params.get("since", ""))
        if since.tzinfo is None:
            raise ValueError
    except ValueError:
        raise HTTPException(400, "since must be an instant, with a time zone.") from None
    headers = HEADERS | {"X-Accel-Buffering": "no"}
    return StreamingResponse(events(request, since), media_type="text/event-stream", headers=headers)


async def events(request: Request, since: datetime) -> AsyncIterator[str]:
    """Yield what has been told since, as long as the visitor stays; comments between keep the line open."""
    site = site_of(request)
    told: set[tuple[str, datetime, str]] = set()
    is_away = False
    while not await request.is_disconnected():
        try:
            shop, alerts = await run_in_threadpool(newest, site)
        except psycopg.Error:
            if not is_away:
                yield "event: away\ndata: \n\n"
            is_away = True
        else:
            if is_away:
                yield "event: back\ndata: \n\n"
            is_away = False
            # More may have been told at the very instant of the page's newest: the page knows what it has.
            fresh = [alert for alert in alerts if alert["told_at"] >= since and _name(alert) not in told]
            told = {_name(alert) for alert in alerts}
            for alert in reversed(fresh):
                yield event(site.text("alert.html", alert=alert, shop=shop))
            yield ": still here\n\n"
        await asyncio.sleep(POLL_SECONDS)


def event(item: str) -> str:
    """Return a server-sent event."""
    return "".join(f"data: {line}\n" for line in item.splitlines() if line.strip()) + "\n"


def newest(site: Site) -> tuple[Shop | None, list[Alert]]:
    """Return the shop and the alerts that were told last, the newest first."""
    with site.database.read() as reading:
        return Shop.read(reading), reading.rows(NEWEST, SHOWN)


def _name(alert: Alert) -> tuple[str, datetime, str]:
    """Return what tells one message of an alert from the others."""
    return alert["alert_id"], alert["told_at"], alert["status"]
