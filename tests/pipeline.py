"""The flow's stages without Bytewax: a record in, all that follows from it at once."""

from dataflows.churn import stages
from operators import announcement, erasure
from operators.announcement import Announcement
from operators.batch import Decoder
from operators.chunk import Chunk
from operators.clock import Heartbeat, Progress
from operators.customer import Lifecycle
from operators.customers import CustomerShard
from operators.erasure import Erasure, Tombstone
from operators.group import Shard
from operators.policy import Policy
from operators.purchases import Purchases
from operators.reject import Reject
from operators.row import Gone, Row, StreamTime
from operators.schedule import Schedule
from operators.store import Store, StoreWindows
from operators.windows import Added
from tests.operators.store_oracle import StoreTable
from tests.purchase_lines import PurchaseLines


class Pipeline:
    """One group a stage, and the outside world."""

    def __init__(self, shop, risk, alerts_since_us=None):
        lifecycle = Lifecycle(Schedule(risk), Policy("EUR"), shop.calendar.time_zone)
        self._decoder = Decoder(shop)
        self._customers = CustomerShard(lifecycle, 1, alerts_since_us)
        shards = [*(Shard(stage, 1) for stage in stages(shop).values()), self._customers]
        self.groups = [shard.add_group() for shard in shards]
        self.rows, self.messages, self.rejects, self.ignored, self.now_us = {}, [], [], 0, None
        self.receipts, self.purchases, self.store = [], PurchaseLines(), StoreTable()
        self._sums = Store(None)

    def read(self, records):
        """Take records in; heartbeats move no time."""
        for record in records:
            topic, _, partition = record.source.rpartition(":")
            batch = self._decoder.decode(Chunk(topic, int(partition), [record], record.offset + 1, {}))
            self.rejects += batch.rejects
            self.ignored += batch.ignored
            if batch.progress.heartbeat:
                self.now_us = batch.progress.heartbeat.time_us
            self._pass(batch.changes, 0)

    def reach(self, now_us):
        """Let stream time come to an instant."""
        for output in self._customers.on_progress([Progress("beat:0", 1, Heartbeat(now_us, {}))]):
            self._take(output)

    def snapshots(self):
        """Return what stands in the recovery store."""
        return b"".join(group.snapshot() for group in self.groups)

    def _pass(self, changes, stage):
        outputs = list(self.groups[stage].on_changes(changes)) if changes else []
        if stage + 1 < len(self.groups):
            self.rejects += [output for output in outputs if isinstance(output, Reject)]
            for change in outputs:
                if not isinstance(change, Reject):
                    self._pass([change], stage + 1)
        else:
            for output in outputs:
                self._take(output)

    def _take(self, output):
        match output:
            case Row(customer_id=customer_id):
                self.rows[customer_id] = output
            case Gone(customer_id=customer_id):
                self.rows.pop(customer_id, None)
            case Purchases():
                self.purchases.take(output)
            case Added() | StreamTime():
                self._tell_store(output)
            case Announcement():
                self.messages.append(announcement.to_message(output))
            case Tombstone():
                self.messages.append(erasure.tombstone_message(output))
            case Reject():
                self.rejects.append(output)
            case Erasure():
                self.receipts.append(output.receipt)

    def _tell_store(self, output):
        for told in self._sums.take(output):
            if isinstance(told, StoreWindows):
                self.store.take(told)
