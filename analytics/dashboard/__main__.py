"""The command line: python -m analytics.dashboard."""

import argparse

import uvicorn

from analytics.dashboard import settings
from analytics.dashboard.app import build

END_SECONDS = 1  # a live feed never ends by itself


def main() -> None:
    """Serve the dashboard until SIGTERM or Ctrl-C."""
    argparse.ArgumentParser(
        prog="python -m analytics.dashboard",
        description="The dashboard, on http://127.0.0.1:8050 unless the environment says otherwise.",
        epilog=settings.describe(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    told = settings.load()
    uvicorn.run(
        build(told),
        host=told.host,
        port=told.port,
        log_level="info",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=END_SECONDS,
    )


if __name__ == "__main__":
    main()
