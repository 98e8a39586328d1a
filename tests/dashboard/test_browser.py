"""In a real browser: a quiet console, no finding of axe, keys reach everything, a narrow screen holds it."""

import shutil

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from analytics.dashboard.formats import customer_path
from analytics.dashboard.pictures import BROWSERS
from analytics.dashboard.site import PAGES
from tests.dashboard.filling import NOW, REGULAR, STRANGE, clock, told

pytestmark = pytest.mark.stack

ALL = [*PAGES, f"/customers/{REGULAR}", customer_path(STRANGE[0]), "/customers/nobody", "/nowhere"]
GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser():
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        pytest.fail("there is no Chromium: `make chromium`, or apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """A function that opens a page; the test fails where the console has an error."""
    contexts, complaints = [], []

    def open_it(address, scheme="light", width=1280, **options):
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_it
    for context in contexts:
        context.close()
    # A page that is not found is told to the console by the browser itself.
    assert [text for text in complaints if "404" not in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ALL)
def test_axe_has_no_grave_finding(open_page, address, path, scheme):
    page = open_page(address + path, scheme)
    assert page.locator("html").get_attribute("data-theme") == scheme
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE] == []


@pytest.mark.parametrize("path", ALL)
def test_a_narrow_screen_holds_every_page(open_page, address, path):
    page = open_page(address + path, width=400)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("path", ALL)
def test_all_that_can_be_pressed_can_be_reached_by_keys(open_page, address, path):
    page = open_page(address + path)
    wanted = page.evaluate(
        "[...document.querySelectorAll('a, button, summary, input, [tabindex]')]"
        ".filter((one) => one.checkVisibility()).length"
    )
    reached = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "[...document.querySelectorAll('a, button, summary, input, [tabindex]')]"
                ".indexOf(document.activeElement)"
            )
        )
    assert len(reached - {-1}) == wanted


def test_the_switch_holds_on_the_next_page(open_page, address):
    page = open_page(address)
    page.get_by_role("button", name="Switch to dark colours").press("Enter")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("link", name="Cohorts").press("Enter")
    page.wait_for_url("**/cohorts")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_pages_are_whole_without_scripts(open_page, address):
    page = open_page(address, java_script_enabled=False)
    assert page.locator("figure svg").count() >= 4
    assert page.get_by_role("button").count() == 0


def test_a_chart_can_be_read_as_a_table(open_page, address):
    page = open_page(address + "/survival")
    figure = page.locator("figure").first
    figure.get_by_text("Show as a table").press("Enter")
    assert figure.get_by_role("table").is_visible()


@pytest.fixture
def live(serve, empty_dsns):
    owner, reader = empty_dsns
    address, _ = serve(reader)
    with psycopg.connect(owner, autocommit=True) as connection:
        clock(connection)
        yield address, connection


def test_new_alerts_appear_and_wait_while_paused(open_page, live):
    address, connection = live
    page = open_page(address + "/alerts")
    page.get_by_text("Live", exact=True).wait_for()
    told(connection, "1/1", customer=STRANGE[0])
    page.locator('li[data-alert="1/1"]').wait_for()
    assert page.locator('li[data-alert="1/1"] a').inner_text() == STRANGE[0]
    page.get_by_role("button", name="Pause").click()
    told(connection, "2/1")
    page.get_by_text("Paused; 1 new").wait_for()
    assert page.locator('li[data-alert="2/1"]').count() == 0
    page.get_by_role("button", name="Go on").click()
    page.locator('li[data-alert="2/1"]').wait_for()
    assert page.locator("#feed li").count() == 2


def test_a_page_comes_by_itself_once_the_database_can_be_read(open_page, browser, live):
    address, connection = live
    connection.execute("REVOKE SELECT ON stream_time FROM retentioncast_bi")
    context = browser.new_context()  # its console tells of the 503, as it should
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address + "/cohorts")
    page.get_by_text("looks again every five seconds").wait_for()
    connection.execute("GRANT SELECT ON stream_time TO retentioncast_bi")
    page.get_by_role("heading", name="Nothing to show yet").wait_for()
    context.close()


def test_what_is_told_of_the_present_moves_with_it(open_page, live):
    address, connection = live
    page = open_page(address + "/risk")
    connection.execute("UPDATE stream_time SET now = %s", (NOW.replace(hour=20),))
    page.reload()
    assert "22:00" in page.locator(".as-of").inner_text()
