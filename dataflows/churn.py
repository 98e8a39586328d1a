"""The churn flow: Debezium's changes in, exact customers, rows, alerts and rejects out.

    python -m dataflows.recovery recovery/
    python -m bytewax.run dataflows.churn -r recovery/ -s 10 -b 0

Importing this module opens nothing and reads no environment; bytewax.run calls `flow()`.
"""

from functools import partial
from typing import Any

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import Source
from bytewax.outputs import Sink

from connectors import metrics
from connectors.alert_table import AlertLine, AlertsGone
from connectors.kafka_compacted_sink import KafkaCompactedSink
from connectors.kafka_sink import KafkaSink
from connectors.kafka_source import KafkaSource
from connectors.postgres_sink import PostgresSink, record
from connectors.rfm_table import Item
from dataflows import settings, shop, shutdown
from operators import announcement, budget, erasure, keygroup, reject, state, version
from operators.announcement import Announcement
from operators.assembly import Assembly
from operators.batch import Batch, Decoder
from operators.budget import Budget
from operators.census import End, Part
from operators.chunk import Chunk
from operators.customer import Output
from operators.erasure import Erasure, Tombstone
from operators.gathering import Gathering, Verdict
from operators.group import Stage
from operators.keygroup import Passed, Routed
from operators.merge import HOPS, Merges
from operators.message import Message
from operators.money import Rates
from operators.policy import Policy
from operators.reject import Reject
from operators.risk import Risk
from operators.row import Gone, Row, StreamTime
from operators.shop import Shop
from operators.storm import StormLimit
from operators.tally import Tallies, Tally, TallyEnd
from operators.version import Version

TableItem = tuple[str, Item]
Keyed = tuple[str, Message]


def build(
    changes: Source[Chunk],
    rows: Sink[TableItem],
    alerts: Sink[Keyed],
    rejects: Sink[Keyed],
    models: Sink[Keyed],
    states: Sink[Keyed],
    *,
    shop: Shop,
    risk: Risk,
    policy: Policy,
    key_groups: int,
    alerts_since_us: int | None = None,
    models_topic: str = "",
    alerts_topic: str = "",
    is_refitted: bool = False,
    storm_share: float = 1.0,
) -> Dataflow:
    """Wire the graph; the caller supplies every source and sink.

    The flow's and the steps' names are part of the recovery store's schema: renaming one starts it empty.
    """
    flow = Dataflow("churn")
    chunks = op.input("changes", flow, changes)  # Chunk
    batches = op.map("envelope", chunks, Decoder(shop, models_topic, alerts_topic).decode)  # Batch
    refused = op.flat_map("unusable", batches, _unusable)  # Reject
    keyed = op.flat_map("key", batches, partial(keygroup.route, group_count=key_groups))  # (group, Routed)
    for name, stage in stages(shop).items():
        passed = keygroup.passing(name, keyed, stage, key_groups)  # (group, Passed)
        keyed = op.filter_map(f"{name}-passed", passed, _routed)  # (next group, Routed)
        refused = op.merge(f"{name}-refused", refused, op.filter_map(f"{name}-reject", passed, _refused))
    outputs = keygroup.customers(
        "customers", keyed, risk, policy, key_groups, alerts_since_us, is_refitted
    )  # (group, Output)
    counts = op.filter_map("count", outputs, _count)  # ("census", Part | End)
    gathering = partial(Gathering, storm=StormLimit(risk, storm_share))
    verdicts = keygroup.roll_call("refit", counts, gathering)  # ("census", Forecast | Reliability | Version)
    foreseen = op.filter_map("foreseen", outputs, _foreseen)  # ("budget", Tally | TallyEnd)
    budgets = keygroup.roll_call("budget", foreseen, Tallies)  # ("budget", Budget)
    lines = op.merge(
        "lines",
        op.filter_map("row", outputs, _row),
        op.filter_map("score", verdicts, _score),
        op.flat_map("told", batches, _told),
    )
    op.output("rows", lines, rows)  # (customer, Item)
    decided = op.merge("decided", op.filter_map("model", verdicts, _model), op.map("limit", budgets, _limit))
    op.output("models", decided, models)  # (version or budget, Message)
    op.output("alerts", op.filter_map("alert", outputs, _alert), alerts)  # (customer, Message)
    op.output("states", op.filter_map("state", outputs, _state), states)  # (customer, Message)
    refused = op.merge("refused", refused, op.filter_map("settled", outputs, _settled))  # Reject
    op.output("rejects", op.map("reject", refused, _reject_message), rejects)  # (partition, Message)
    return flow


def stages(shop: Shop) -> dict[str, Stage[Any, Any]]:
    """Return the stages before the customers' that this shop needs: most orders say all by themselves."""
    found: dict[str, Stage[Any, Any]] = {}
    if shop.assembles_orders:
        found["orders"] = Assembly(Rates(shop.money.currency, shop.money.rates))
    if shop.follows_merges:
        found |= {f"merges-{hop}": Merges(hop) for hop in range(1, HOPS + 1)}
    return found


def flow() -> Dataflow:
    """Return the flow on the Kafka and the Postgres that the environment names."""
    config = settings.load()
    captured = shop.load(config.shop)
    kafka, dsn, risk = config.kafka(), config.analytics_dsn.get_secret_value(), config.risk()
    record(dsn, captured, risk)
    own_topics = [config.models_topic, config.alerts_topic]  # written below, and read back
    return build(
        KafkaSource(
            kafka,
            captured.topics,
            captured.heartbeat_topic,
            own_topics=own_topics,
            stopping=shutdown.on_signals(),
        ),
        PostgresSink(dsn, config.table_writers, risk),
        KafkaSink(kafka, config.alerts_topic, "ce_id", config.alerts_topic),
        KafkaSink(kafka, config.rejects_topic, "rc.id", config.rejects_topic),
        KafkaSink(kafka, config.models_topic, "ce_id", config.models_topic),
        KafkaCompactedSink(kafka, config.states_topic, config.states_topic),
        shop=captured,
        risk=risk,
        policy=config.policy(captured.money.currency),
        key_groups=config.key_groups,
        alerts_since_us=config.alerts_since_us,
        models_topic=config.models_topic,
        alerts_topic=config.alerts_topic,
        is_refitted=config.refit,
        storm_share=config.storm_share,
    )


def _unusable(batch: Batch) -> list[Reject]:
    metrics.IGNORED.inc(batch.ignored)
    return batch.rejects


def _routed(passed: tuple[str, Passed]) -> tuple[str, Routed] | None:
    key, item = passed[1]
    return None if isinstance(item, Reject) else (key, item)


def _refused(passed: tuple[str, Passed]) -> Reject | None:
    item = passed[1][1]
    return item if isinstance(item, Reject) else None


def _count(keyed: tuple[str, Output]) -> tuple[str, Part | End] | None:
    return ("census", keyed[1]) if isinstance(keyed[1], Part | End) else None


def _foreseen(keyed: tuple[str, Output]) -> tuple[str, Tally | TallyEnd] | None:
    return ("budget", keyed[1]) if isinstance(keyed[1], Tally | TallyEnd) else None


def _row(keyed: tuple[str, Output]) -> TableItem | None:
    match keyed[1]:
        case Row(customer_id=key) | Gone(customer_id=key) | Erasure(receipt=key) as item:
            return key, item
        case StreamTime() | Version() as item:
            return "", item
    return None


def _score(keyed: tuple[str, Verdict]) -> TableItem | None:
    # A version comes to the tables when it has been read from its topic, as everywhere.
    return None if isinstance(keyed[1], Version) else ("", keyed[1])


def _model(keyed: tuple[str, Verdict]) -> Keyed | None:
    item = keyed[1]
    if not isinstance(item, Version):
        return None
    metrics.REFITS.labels(item.outcome).inc()
    return item.version, version.to_message(item)


def _limit(keyed: tuple[str, Budget]) -> Keyed:
    return keyed[1].name, budget.to_message(keyed[1])


def _told(batch: Batch) -> list[TableItem]:
    # The tables hold what the topic holds: alerts come to them when they have been read back.
    return [
        (echo.customer_id, AlertsGone(echo.customer_id) if echo.body is None else AlertLine(echo.body))
        for echo in batch.echoes
    ]


def _alert(keyed: tuple[str, Output]) -> Keyed | None:
    match keyed[1]:
        case Announcement() as item:
            metrics.count_alert(item)
            return item.body.customer_id, announcement.to_message(item)
        case Tombstone(customer_id=key) as item:
            return key, erasure.tombstone_message(item)
    return None


def _state(keyed: tuple[str, Output]) -> Keyed | None:
    match keyed[1]:
        case Row(is_timed=True, customer_id=key) | Gone(customer_id=key) as item:
            return key, state.to_message(item)
    return None


def _settled(keyed: tuple[str, Output]) -> Reject | None:
    return keyed[1] if isinstance(keyed[1], Reject) else None


def _reject_message(item: Reject) -> Keyed:
    metrics.REJECTS.labels(item.reason).inc()
    return item.record.source, reject.to_message(item)
