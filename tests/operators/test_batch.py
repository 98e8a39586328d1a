from operators.batch import Decoder
from operators.chunk import Chunk, Record
from operators.version import Request, to_message
from tests.operators.versions import adopted
from tests.shop_files import DEMO

MODELS = "retentioncast.models"


def decoded(*values):
    records = [Record(f"{MODELS}:0", offset, b"key", value) for offset, value in enumerate(values)]
    return Decoder(DEMO, MODELS).decode(Chunk(MODELS, 0, records, len(records)))


def test_the_models_topic_tells_versions_and_requests_in_its_order():
    news = [adopted(0, "v1"), Request(5), adopted(7, "v2")]
    batch = decoded(*(to_message(record).value for record in news))
    assert batch.news == news
    assert (batch.progress.position, batch.changes, batch.rejects) == (3, [], [])


def test_what_is_no_version_is_rejected_with_its_bytes_and_the_others_are_read():
    batch = decoded(b'{"version": 1}', to_message(adopted(0, "v1")).value, b"\x00")
    assert [version.version for version in batch.news] == ["v1"]
    assert [(reject.reason, reject.record.value) for reject in batch.rejects] == [
        ("model", b'{"version": 1}'),
        ("model", b"\x00"),
    ]


def test_a_deleted_version_is_no_news():
    assert decoded(None).news == []
