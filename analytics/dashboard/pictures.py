"""Pictures of every page, for the documents: python -m analytics.dashboard.pictures http://127.0.0.1:8050."""

import argparse
import shutil
import sys
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, sync_playwright

from analytics.dashboard.site import PAGES

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1180, 860
RISK_LINK = "main tbody th a"


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m analytics.dashboard.pictures", description=__doc__)
    parser.add_argument("address", help="where the dashboard runs")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put them (%(default)s)")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        take(browser, arguments.address, arguments.folder)
        browser.close()


def chromium() -> str:
    """Return the path of the system's browser, or end the process and say what to install."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit("There is no Chromium: apt-get install chromium")
    return found


def take(browser: Browser, address: str, folder: Path) -> None:
    """Write a PNG of each page; the overview also in the dark, and the customer with the most at stake."""
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
        for path, name in PAGES.items():
            if scheme == "dark" and path != "/":
                continue
            page.goto(urljoin(address, path))
            file = name.lower().replace(" ", "-") + ("-dark" if scheme == "dark" else "")
            page.screenshot(path=folder / f"{file}.png")
            if path == "/risk" and page.locator(RISK_LINK).count():
                page.locator(RISK_LINK).first.click()
                page.wait_for_load_state()
                page.screenshot(path=folder / "customer.png")
        page.close()


if __name__ == "__main__":
    main()
