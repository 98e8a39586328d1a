"""What all pages share: the database, the templates, and how a page is put together."""

from pathlib import Path
from typing import Any

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from analytics.dashboard import formats
from analytics.dashboard.charts import heat, timeline
from analytics.dashboard.database import Database
from analytics.dashboard.settings import Settings
from analytics.dashboard.shop import Shop

TEMPLATES = Path(__file__).with_name("templates")
PAGES = {
    "/": "Overview",
    "/risk": "At risk",
    "/survival": "Survival",
    "/cohorts": "Cohorts",
    "/alerts": "Alerts",
    "/model": "Model",
    "/pipeline": "Pipeline",
}
# Nothing from elsewhere, nothing inline: what a customer's id holds can be no more than text.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
FILTERS = (
    formats.count,
    formats.decimal,
    formats.share,
    formats.money,
    formats.exact_money,
    formats.probability,
    formats.day,
    formats.month,
    formats.instant,
    formats.span,
    formats.plural,
    formats.customer_path,
    timeline.css,
    timeline.in_words,
    heat.level,
)


class Site:
    """The settings, the database and the templates of one dashboard."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.dsn.get_secret_value(), settings.query_seconds)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {function.__name__: function for function in FILTERS}

    def text(self, template: str, **context: Any) -> str:
        """Return a template, filled."""
        return self._templates.get_template(template).render(context)

    def page(
        self, request: Request, template: str, *, status: int = 200, shop: Shop | None = None, **context: Any
    ) -> HTMLResponse:
        """Return a whole page."""
        path = request.url.path
        current = next((page for page in PAGES if page != "/" and path.startswith(page)), path)
        here = "/risk" if path.startswith("/customers") else current
        text = self.text(template, pages=PAGES, here=here, shop=shop, **context)
        return HTMLResponse(text, status, HEADERS)

    def nothing_yet(self, request: Request, shop: Shop | None) -> HTMLResponse:
        """Return the page for a database that no flow has told anything of this yet."""
        return self.page(request, "empty.html", shop=shop)


def site_of(request: Request) -> Site:
    """Return the site that a request is for."""
    site: Site = request.app.state.site
    return site


def choice(request: Request, name: str, choices: tuple[str, ...]) -> str:
    """Return a parameter of the address, the first of the choices where there is none; or answer 400."""
    value = request.query_params.get(name, choices[0])
    if value not in choices:
        raise HTTPException(400, f"{name} must be one of {', '.join(filter(None, choices))}.")
    return value
