"""What ends the flow: each error says what is wrong and what to do."""

import logging

log = logging.getLogger(__name__)


class ConnectorError(RuntimeError):
    """A connector cannot go on; after a restart the flow resumes from its last snapshot.

    It is logged where it is made: of an exception in one process of a cluster, Bytewax reports only that the
    others lost their peer.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        log.critical("%s: %s", type(self).__name__, message)


class BrokerUnreachableError(ConnectorError):
    """Kafka does not answer."""


class TopicMissingError(ConnectorError):
    """A topic is not there, or may not be seen."""


class PartitionsChangedError(ConnectorError):
    """A topic has other partitions than when the flow started."""


class OffsetLostError(ConnectorError):
    """The broker no longer holds the offset to resume from."""


class ConsumerFailedError(ConnectorError):
    """The Kafka consumer cannot go on."""


class DeliveryError(ConnectorError):
    """Messages could not be written to Kafka; nothing of the open transaction is visible."""


class DatabaseUnavailableError(ConnectorError):
    """Postgres could not be written to for too long."""


class DatabaseRefusedError(ConnectorError):
    """Postgres refuses for a reason that waiting does not mend."""


class ConnectRefusedError(ConnectorError):
    """Kafka Connect does not do what it is asked to."""
