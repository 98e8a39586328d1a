"""A customer's id is the shop's text: whatever it holds, it is shown, found and never obeyed."""

import html
import re

import httpx2
import pytest

from analytics.dashboard.formats import customer_path
from tests.dashboard.filling import STRANGE

pytestmark = pytest.mark.stack


@pytest.fixture
def visitor(address):
    """A client of the real server: only there is an address decoded as it is for users."""
    with httpx2.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.mark.parametrize("customer_id", STRANGE)
def test_a_customers_page_is_at_the_address_that_links_lead_to(visitor, customer_id):
    page = visitor.get(customer_path(customer_id))
    assert page.status_code == 200
    assert f"<h1>Customer {html.escape(customer_id, quote=False)}".encode() in unquoted(page.content)


@pytest.mark.parametrize("customer_id", STRANGE)
def test_the_search_finds_it(visitor, customer_id):
    found = visitor.get("/customers", params={"id": customer_id}, follow_redirects=True)
    assert found.status_code == 200
    assert f"Customer {html.escape(customer_id, quote=False)}".encode() in unquoted(found.content)


@pytest.mark.parametrize("path", ["/risk", "/alerts"])
def test_no_page_holds_a_script_of_an_id(visitor, path):
    page = visitor.get(path).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    "path", ["/customers/%00", "/customers/%ff%fe", "/customers/%ED%A0%80", "/customers/%F0%9F%9B%92"]
)
def test_an_id_that_no_customer_can_have_is_not_found(visitor, path):
    assert visitor.get(path).status_code == 404


def test_what_is_asked_for_in_vain_is_escaped(visitor):
    page = visitor.get("/customers/%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%20onload=%22x")
    assert page.status_code == 404
    assert "<script>" not in page.text
    assert not re.search(r'value="[^"]*" onload', page.text)


def unquoted(content):
    return content.replace(b"&#34;", b'"').replace(b"&#39;", b"'")
