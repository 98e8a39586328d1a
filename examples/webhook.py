"""Forward alerts to a URL, signed, each at least once and each customer's in order.

    RETENTIONCAST_KAFKA_BOOTSTRAP=… WEBHOOK_SECRET=… python examples/webhook.py https://shop.example/alerts

The body is the alert's value, byte for byte. `Idempotency-Key` (ce_id) is the same whenever the same message
is sent again. `X-RetentionCast-Signature: t=SECONDS,v1=HEX` holds the HMAC-SHA256 of "SECONDS." and the body:
refuse what is signed wrong, or is older than a few minutes. Needs confluent-kafka, and nothing else.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast
from urllib.parse import SplitResult, quote, urlsplit

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

PREFIX = "retentioncast.alert."
TYPES = ("raised", "escalated", "resolved", "revised", "suppressed", "withdrawn")
TIMEOUT_SECONDS = 10.0
# With eight attempts in all less than max.poll.interval.ms, after which the group gives the partition away.
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
WORTH_A_RETRY = (408, 429)
HEADER_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '%"')


class NotDeliveredError(Exception):
    """The receiver did not take it in any attempt."""


class RefusedError(Exception):
    """The receiver says that it will never take it."""


class Webhook:
    """The receiver."""

    def __init__(self, url: SplitResult, secret: bytes, attempts: int) -> None:
        self._url = url
        self._secret = secret
        self._attempts = attempts

    def deliver(self, body: bytes, headers: dict[str, str]) -> None:
        """Post the body; raise RefusedError or NotDeliveredError."""
        failure = ""
        for delay_seconds in delays(self._attempts):
            time.sleep(delay_seconds)
            try:
                status, answer = self._post(body, headers)
            except (OSError, http.client.HTTPException) as error:
                failure = repr(error)
                continue
            if 200 <= status < 300:
                return
            failure = f"{status} {answer}"
            if 400 <= status < 500 and status not in WORTH_A_RETRY:
                raise RefusedError(failure)
        raise NotDeliveredError(failure)

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        is_tls = self._url.scheme == "https"
        connect = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
        connection = connect(self._url.netloc, timeout=TIMEOUT_SECONDS)
        try:
            signed = {**headers, "X-RetentionCast-Signature": signature(self._secret, int(time.time()), body)}
            path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
            connection.request("POST", path, body, signed)
            response = connection.getresponse()
            return response.status, response.read(1000).decode(errors="replace")
        finally:
            connection.close()


def delays(attempts: int) -> Iterator[float]:
    """Yield how long to wait before each attempt: a random part of a time that doubles."""
    yield 0.0
    for retry in range(attempts - 1):
        longest = min(FIRST_DELAY_SECONDS * 2**retry, LONGEST_DELAY_SECONDS)
        yield random.uniform(longest / 2, longest)  # noqa: S311 - not a secret


def signature(secret: bytes, seconds: int, body: bytes) -> str:
    """Return the signature's header."""
    digest = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def headers_of(message: Message) -> dict[str, str]:
    """Return the message's headers as text."""
    headers = cast(Sequence[tuple[str, bytes | None]], message.headers() or [])
    return {name: (value or b"").decode(errors="replace") for name, value in headers}


def http_headers(message: Message) -> dict[str, str]:
    """Return the message's CloudEvents attributes as HTTP has them, and the key that tells a repeat."""
    attributes = {
        name.replace("ce_", "ce-"): quote(value, safe=HEADER_SAFE)
        for name, value in headers_of(message).items()
        if name.startswith("ce_")
    }
    return {**attributes, "Content-Type": "application/json", "Idempotency-Key": attributes["ce-id"]}


def is_wanted(message: Message, types: list[str]) -> bool:
    """Tell whether the receiver is to act: on its types, but not on the control arm."""
    headers = headers_of(message)
    return headers.get("ce_type", "").removeprefix(PREFIX) in types and headers.get("ce_arm") != "control"


def set_aside(file: Path, message: Message, reason: str) -> None:
    """Keep what was refused, with its bytes, safe on the disk."""
    letter = {
        "reason": reason,
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "headers": headers_of(message),
        "key": base64.b64encode(message.key() or b"").decode(),
        "value": base64.b64encode(message.value() or b"").decode(),
    }
    with file.open("a") as letters:
        letters.write(json.dumps(letter) + "\n")
        letters.flush()
        os.fsync(letters.fileno())


def forward(consumer: Consumer, webhook: Webhook, types: list[str], dead_letters: Path) -> None:
    """Forward for ever; raise NotDeliveredError when the receiver is down for too long."""
    while True:
        try:
            message = consumer.poll(1)
        except SystemError:  # a signal that comes during `on_error` loses its name in confluent-kafka
            raise KeyboardInterrupt from None
        if message is None:
            continue
        if error := message.error():
            say(error.str())
            continue
        try:
            if is_wanted(message, types):
                webhook.deliver(message.value() or b"", http_headers(message))
        except (RefusedError, LookupError) as reason:  # refused, or without an id
            say(f"{message.topic()} {message.partition()}:{message.offset()} set aside: {reason!r}")
            set_aside(dead_letters, message, str(reason))
        try:  # only now: whoever dies before this will send it again
            consumer.commit(message=message, asynchronous=False)
        except KafkaException as error:
            say(f"not committed, it may be sent again: {error}")


def kafka(group: str) -> dict[str, object]:
    """Return librdkafka's configuration; properties of the file win, but for what delivery rests on.

    Its own log tells an outage twenty times a second: here it is told once.
    """
    config: dict[str, object] = {"group.id": group, "auto.offset.reset": "earliest"}
    config |= {"log_level": 0, "error_cb": on_error, "reconnect.backoff.ms": 1000}
    if file := os.environ.get("RETENTIONCAST_KAFKA_CONFIG_FILE"):
        for line in Path(file).read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                name, _, value = line.partition("=")
                config[name.strip()] = value.strip()
    config["bootstrap.servers"] = os.environ["RETENTIONCAST_KAFKA_BOOTSTRAP"]
    return {**config, "isolation.level": "read_committed", "enable.auto.commit": "false"}


def on_error(error: KafkaError) -> None:
    """Say what librdkafka meets, and mends by itself: that no broker answers, but not each attempt."""
    if error.code() != KafkaError._TRANSPORT:
        say(f"{error.str()}; going on when that has passed")


def main() -> None:
    """Run until SIGTERM or Ctrl-C; end with 1, nothing lost, when the receiver is down for too long."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", type=urlsplit)
    parser.add_argument(
        "--type", action="append", choices=TYPES, dest="types", help="default: all but suppressed"
    )
    parser.add_argument("--secret-file", type=Path, help="default: the variable WEBHOOK_SECRET")
    parser.add_argument("--dead-letters", type=Path, default=Path("dead-letters.jsonl"))
    parser.add_argument("--group", default="retentioncast-webhook", help="consumer group (%(default)s)")
    parser.add_argument("--attempts", type=int, default=8, help="of each delivery (%(default)s)")
    options = parser.parse_args()
    if options.url.scheme not in {"http", "https"}:
        parser.error("the URL must begin with http:// or https://")
    file = options.secret_file
    secret = file.read_bytes().strip() if file else os.environ.get("WEBHOOK_SECRET", "").encode()
    if not secret:
        parser.error("needs a secret: --secret-file or WEBHOOK_SECRET")
    if "RETENTIONCAST_KAFKA_BOOTSTRAP" not in os.environ:
        parser.error("needs Kafka's address: RETENTIONCAST_KAFKA_BOOTSTRAP")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    types = options.types or [type_ for type_ in TYPES if type_ != "suppressed"]
    consumer = Consumer(kafka(options.group))
    topic = os.environ.get("RETENTIONCAST_ALERTS_TOPIC", "retentioncast.alerts")
    consumer.subscribe([topic])
    say(f"forwarding {', '.join(types)} of {topic} to {options.url.netloc}; Ctrl-C ends")
    try:
        forward(consumer, Webhook(options.url, secret, options.attempts), types, options.dead_letters)
    except NotDeliveredError as failure:
        sys.exit(f"webhook: not delivered, start again when the receiver is up: {failure}")
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()


def say(words: str) -> None:
    """Print a line about what goes on."""
    print(f"webhook: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
