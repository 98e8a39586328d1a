"""Start over from a new snapshot, where changes have been lost before the flow has read them.

    python -m dataflows.rebuild recovery/ --connector http://localhost:8083/connectors/shop

Only while no flow runs. A snapshot does not tell which rows were deleted meanwhile, so all else goes: the
topics' records, the recovery store, the tables of customers, purchases and the store, and the states on their
topic. The alerts stay, and the next start publishes only those that are missing among them. May be run again
when it was interrupted.
"""

import argparse
import sqlite3
import sys
from datetime import datetime
from pathlib import Path

from connectors import rfm_table
from connectors.database import Database
from connectors.errors import ConnectorError
from connectors.kafka_compacted_sink import KafkaCompactedSink, forget
from connectors.kafka_connect import Connector
from connectors.kafka_topic import Topics
from dataflows import recovery, settings


def rebuild(
    store: Path, connector: Connector, kafka: dict[str, str], states_topic: str, dsn: str
) -> datetime | None:
    """Have a new snapshot taken into emptied topics, and forget what the flow knew.

    Return since when alerts are published, None where no flow has ever run. Raises ConnectorError.
    """
    connector.stop()
    connector.forget()
    Topics(kafka, connector.topics()).cut()
    database = Database(dsn)
    states = KafkaCompactedSink(kafka, states_topic, states_topic)
    forget(states, database.run(rfm_table.customer_ids))  # before the table does: see "run again"
    alerts_since = database.run(rfm_table.start_over)
    database.close()
    for file in store.glob("part-*.sqlite3*"):
        file.unlink()
    recovery.prepare(store)
    connector.resume()
    return alerts_since


def main() -> None:
    """Rebuild what the command line and the settings name."""
    parser = argparse.ArgumentParser(
        prog="python -m dataflows.rebuild",
        description="Take a new snapshot of the shop and start over from it. Only while no flow runs.",
        epilog="Prints the setting RETENTIONCAST_ALERTS_SINCE: start the flow with it, so that the alerts of "
        "the time before are still counted.",
    )
    parser.add_argument("directory", type=Path, help="the recovery store, which is made anew")
    parser.add_argument(
        "--connector", required=True, metavar="URL", help="http://HOST:PORT/connectors/NAME of Kafka Connect"
    )
    arguments = parser.parse_args()
    config = settings.load()
    connector = Connector(arguments.connector)
    dsn = config.analytics_dsn.get_secret_value()
    try:
        alerts_since = rebuild(arguments.directory, connector, config.kafka(), config.states_topic, dsn)
    except (ConnectorError, OSError, sqlite3.Error) as error:
        sys.exit(f"Not rebuilt; run it again when this is mended: {error}")
    if alerts_since is not None:
        print(f"RETENTIONCAST_ALERTS_SINCE={alerts_since.isoformat()}")


if __name__ == "__main__":
    main()
