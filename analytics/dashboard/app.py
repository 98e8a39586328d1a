"""The dashboard's addresses."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from analytics.dashboard.faults import HANDLERS
from analytics.dashboard.pages import alerts, cohorts, customer, model, overview, pipeline, risk, survival
from analytics.dashboard.settings import Settings
from analytics.dashboard.site import Site

STATIC = Path(__file__).with_name("static")


def build(settings: Settings) -> Starlette:
    """Return the dashboard, which connects to nothing before it is asked."""
    app = Starlette(
        routes=[
            Route("/", overview.page),
            Route("/risk", risk.page),
            Route("/customers", customer.search),
            Route("/customers/{customer_id:path}", customer.page),
            Route("/survival", survival.page),
            Route("/cohorts", cohorts.page),
            Route("/alerts", alerts.page),
            Route("/alerts/feed", alerts.feed),
            Route("/model", model.page),
            Route("/pipeline", pipeline.page),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        # A page elsewhere whose name is made to point here must not read customers' ids.
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.names), www_redirect=False)
        ],
        exception_handlers=HANDLERS,
    )
    app.router.redirect_slashes = False
    app.state.site = Site(settings)
    return app
