import random

import pytest

from connectors.written_ids import WrittenIds


def test_an_id_of_the_tail_is_kept_until_it_has_come_again():
    ids = WrittenIds({"a": 5, "b": 7})
    for _ in range(10):
        assert ids.snapshot() == [5, 7]
    assert ids.has("a")
    ids.came(["a"])
    assert ids.snapshot() == [7]
    assert ids.has("a")


def test_an_id_that_came_is_kept_over_an_epoch():
    ids = WrittenIds({})
    ids.came(["a"])
    ids.snapshot()
    assert ids.has("a")
    ids.snapshot()
    assert not ids.has("a")


def test_the_oldest_of_too_long_a_tail_go_first():
    ids = WrittenIds({"a": 1, "b": 2, "c": 3}, kept_max=2)
    assert [message_id for message_id in "abc" if ids.has(message_id)] == ["b", "c"]


class Partition:
    """A Kafka partition as a list; one offset in four is a transaction marker."""

    def __init__(self):
        self.log = []

    def open(self, snapshot):
        since, wanted = snapshot or (0, [])
        return WrittenIds(
            {
                message_id: offset
                for offset, message_id in enumerate(self.log)
                if message_id is not None and (offset >= since or offset in wanted)
            }
        )

    def write(self, ids, batch):
        self.log += [message_id for message_id in dict.fromkeys(batch) if not ids.has(message_id)]
        self.log.append(None)
        ids.came(batch)


@pytest.mark.parametrize("seed", range(200))
def test_every_message_is_written_once_whatever_crashes(seed):
    """A flow of epochs that Bytewax resumes from the last one recorded, with batches cut anew each time."""
    dice = random.Random(seed)
    epochs = [[f"{epoch}-{number}" for number in range(dice.randrange(6))] for epoch in range(12)]
    partition, recorded, snapshot = Partition(), 0, None
    while recorded < len(epochs):
        ids = partition.open(snapshot)
        for epoch in epochs[recorded:]:
            messages = dice.sample(epoch, len(epoch))
            cut = dice.randrange(len(messages) + 1)
            for batch in (messages[:cut], messages[cut:]):
                if dice.random() < 0.2:
                    break  # a crash between two batches
                partition.write(ids, batch)
            else:
                state = len(partition.log), ids.snapshot()
                if dice.random() < 0.2:
                    break  # a crash before Bytewax has recorded the epoch
                recorded, snapshot = recorded + 1, state
                continue
            break
    written = [message_id for message_id in partition.log if message_id is not None]
    assert sorted(written) == sorted(message_id for epoch in epochs for message_id in epoch)
