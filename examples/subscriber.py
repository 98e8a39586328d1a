"""Act on alerts, and miss none; RETENTIONCAST_KAFKA_BOOTSTRAP says where they are."""

import json
import os
from contextlib import closing, suppress

from confluent_kafka import Consumer, KafkaException

CONFIG = {
    "bootstrap.servers": os.environ["RETENTIONCAST_KAFKA_BOOTSTRAP"],
    "group.id": "win-back",  # yours; it remembers how far you have come
    "isolation.level": "read_committed",
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "reconnect.backoff.ms": 1000,
}
with closing(Consumer(CONFIG)) as consumer, suppress(KeyboardInterrupt):
    consumer.subscribe([os.environ.get("RETENTIONCAST_ALERTS_TOPIC", "retentioncast.alerts")])
    while True:
        if (message := consumer.poll(1)) is None:
            continue
        if message.error():  # as of a topic that is not there
            raise KafkaException(message.error())
        headers = dict(message.headers() or [])
        if headers.get("ce_type") == b"retentioncast.alert.raised" and headers["ce_arm"] == b"treatment":
            alert = json.loads(message.value())
            # Act here, once for each ce_id: after a crash the same message may come again.
            try:
                print(headers["ce_id"].decode(), alert["customer_id"], alert["value_at_risk"], flush=True)
            except BrokenPipeError:  # nobody reads on, as of `| head`
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python flushes once more at its end
                break
        consumer.commit(message=message, asynchronous=False)  # after acting, so that nothing is missed
