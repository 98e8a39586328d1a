"""The churn flow: Debezium's changes in, exact customers, rows, alerts and rejects out.

    python -m dataflows.recovery recovery/
    python -m bytewax.run dataflows.churn -r recovery/ -s 10 -b 0

Importing this module opens nothing and reads no environment; bytewax.run calls `flow()`.
"""

from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import Source
from bytewax.outputs import Sink

from connectors.kafka_sink import KafkaSink
from connectors.kafka_source import KafkaSource
from connectors.postgres_sink import PostgresSink, record_model
from dataflows import settings, shutdown
from operators import alert, envelope, keygroup, reject
from operators.alert import Alert
from operators.chunk import Chunk
from operators.customer import Lifecycle, Output
from operators.envelope import Shop
from operators.message import Message
from operators.reject import Reject
from operators.row import Gone, Row, StreamTime

TableItem = tuple[str, Row | Gone | StreamTime]
Keyed = tuple[str, Message]


def build(
    changes: Source[Chunk],
    rows: Sink[TableItem],
    alerts: Sink[Keyed],
    rejects: Sink[Keyed],
    *,
    shop: Shop,
    lifecycle: Lifecycle,
    key_groups: int,
    alerts_since_us: int | None = None,
) -> Dataflow:
    """Wire the graph; the caller supplies every source and sink.

    The flow's and the steps' names are part of the recovery store's schema: renaming one starts it empty.
    """
    flow = Dataflow("churn")
    chunks = op.input("changes", flow, changes)  # Chunk
    batches = op.map("envelope", chunks, partial(envelope.decode, shop=shop))  # Batch
    unusable = op.flat_map("unusable", batches, lambda batch: batch.rejects)  # Reject
    keyed = op.flat_map(
        "key", batches, partial(keygroup.route, group_count=key_groups)
    )  # (group, GroupBatch)
    outputs = keygroup.customers(
        "customers", keyed, lifecycle, key_groups, alerts_since_us
    )  # (group, Output)
    op.output("rows", op.filter_map("row", outputs, _row), rows)  # (customer, Row | Gone | StreamTime)
    op.output("alerts", op.filter_map("alert", outputs, _alert), alerts)  # (customer, Message)
    settled = op.filter_map("settled", outputs, _reject)  # Reject
    refused = op.merge("refused", unusable, settled)
    op.output("rejects", op.map("reject", refused, _reject_message), rejects)  # (partition, Message)
    return flow


def flow() -> Dataflow:
    """Return the flow on the Kafka and the Postgres that the environment names."""
    config = settings.load()
    kafka, dsn, risk = config.kafka(), config.analytics_dsn.get_secret_value(), config.risk()
    record_model(dsn, risk)
    return build(
        KafkaSource(
            kafka,
            [config.orders_topic, config.heartbeat_topic],
            config.heartbeat_topic,
            stopping=shutdown.on_signals(),
        ),
        PostgresSink(dsn, config.table_writers),
        KafkaSink(kafka, config.alerts_topic, "ce_id", config.alerts_topic),
        KafkaSink(kafka, config.rejects_topic, "rc.id", config.rejects_topic),
        shop=config.shop(),
        lifecycle=Lifecycle(risk, config.currency),
        key_groups=config.key_groups,
        alerts_since_us=config.alerts_since_us,
    )


def _row(keyed: tuple[str, Output]) -> TableItem | None:
    match keyed[1]:
        case Row(customer_id=key) | Gone(customer_id=key) as item:
            return key, item
        case StreamTime() as item:
            return "", item
    return None


def _alert(keyed: tuple[str, Output]) -> Keyed | None:
    item = keyed[1]
    return (item.customer_id, alert.to_message(item)) if isinstance(item, Alert) else None


def _reject(keyed: tuple[str, Output]) -> Reject | None:
    return keyed[1] if isinstance(keyed[1], Reject) else None


def _reject_message(item: Reject) -> Keyed:
    return item.source, reject.to_message(item)
