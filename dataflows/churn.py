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

from connectors.kafka_compacted_sink import KafkaCompactedSink
from connectors.kafka_sink import KafkaSink
from connectors.kafka_source import KafkaSource
from connectors.postgres_sink import PostgresSink, record
from dataflows import routes, settings, shop, shutdown
from dataflows.routes import Keyed, TableItem
from operators import keygroup
from operators.assembly import Assembly
from operators.batch import Decoder
from operators.chunk import Chunk
from operators.gathering import Gathering
from operators.group import Stage
from operators.instant import to_us
from operators.merge import HOPS, Merges
from operators.money import Rates
from operators.policy import Policy
from operators.risk import Risk
from operators.shop import Shop
from operators.store import Store
from operators.storm import StormLimit
from operators.tally import Tallies


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
    refused = op.flat_map("unusable", batches, routes.unusable)  # Reject
    keyed = op.flat_map("key", batches, partial(keygroup.route, group_count=key_groups))  # (group, Routed)
    for name, stage in stages(shop).items():
        passed = keygroup.passing(name, keyed, stage, key_groups)  # (group, Passed)
        keyed = op.filter_map(f"{name}-passed", passed, routes.routed)  # (next group, Routed)
        unknown = op.filter_map(f"{name}-reject", passed, routes.refused)
        refused = op.merge(f"{name}-refused", refused, unknown)  # Reject
    outputs = keygroup.customers(
        "customers", keyed, risk, policy, key_groups, alerts_since_us, shop.calendar.time_zone, is_refitted
    )  # (group, Output)
    counts = op.filter_map("count", outputs, routes.count)  # ("census", Part | End)
    gathering = partial(Gathering, keygroup.CLOCK_KEYS, storm=StormLimit(risk, storm_share))
    verdicts = keygroup.summed("refit", counts, gathering)  # ("census", Forecast | Reliability | Version)
    foreseen = op.filter_map("foreseen", outputs, routes.foreseen)  # ("budget", Tally | TallyEnd)
    budgets = keygroup.summed("budget", foreseen, partial(Tallies, keygroup.CLOCK_KEYS))  # ("budget", Budget)
    moved = op.filter_map("moved", outputs, routes.moved)  # ("store", Added | StreamTime)
    windows = keygroup.summed("store", moved, Store)  # ("store", StoreWindows | StreamTime)
    changed = op.filter_map("row", outputs, routes.row)
    scores = op.filter_map("score", verdicts, routes.score)
    lines = op.merge("lines", changed, windows, scores, op.flat_map("told", batches, routes.told))
    op.output("rows", lines, rows)  # (customer, Item)
    limits = op.map("limit", budgets, routes.limit)
    decided = op.merge("decided", op.filter_map("model", verdicts, routes.model), limits)
    op.output("models", decided, models)  # (version or budget, Message)
    op.output("alerts", op.filter_map("alert", outputs, routes.alert), alerts)  # (customer, Message)
    op.output("states", op.filter_map("state", outputs, routes.present_state), states)  # (customer, Message)
    refused = op.merge("refused", refused, op.filter_map("settled", outputs, routes.settled))  # Reject
    op.output("rejects", op.map("reject", refused, routes.reject_message), rejects)  # (partition, Message)
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
    recorded = record(dsn, captured, risk)
    alerts_since = config.alerts_since or recorded
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
        alerts_since_us=None if alerts_since is None else to_us(alerts_since),
        models_topic=config.models_topic,
        alerts_topic=config.alerts_topic,
        is_refitted=config.refit,
        storm_share=config.storm_share,
    )
