"""One site for all faults; those that spoil its topics stand in the last module, test_unread."""

from collections.abc import Iterator

import pytest

from tests.faults.site import Site


@pytest.fixture(scope="package")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    try:
        site.up()
        yield site
    finally:
        site.down()


@pytest.fixture
def site(open_site: Site) -> Iterator[Site]:
    """The site, mended after each test."""
    yield open_site
    open_site.mend()
