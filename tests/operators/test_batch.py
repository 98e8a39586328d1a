from operators import budget
from operators.batch import Decoder
from operators.budget import Budget
from operators.chunk import Chunk, Record
from operators.version import Request, to_message
from tests.operators.versions import adopted
from tests.shop_files import DEMO

MODELS = "retentioncast.models"


def decoded(*values):
    records = [Record(f"{MODELS}:0", offset, b"key", value) for offset, value in enumerate(values)]
    return Decoder(DEMO, MODELS).decode(Chunk(MODELS, 0, records, len(records)))


def test_the_models_topic_tells_versions_requests_and_budgets_in_its_order():
    first, request, second = adopted(0, "v1"), Request(5), adopted(7, "v2")
    limit = Budget(day=7, alerts_a_day=1, due=2, least_cents=3)
    messages = [to_message(first), to_message(request), budget.to_message(limit), to_message(second)]
    batch = decoded(*(message.value for message in messages))
    assert batch.news == [first, request, limit, second]
    assert (batch.progress.position, batch.changes, batch.rejects) == (4, [], [])


def test_what_is_no_version_is_rejected_with_its_bytes_and_the_others_are_read():
    batch = decoded(b'{"version": 1}', to_message(adopted(0, "v1")).value, b"\x00")
    assert [version.version for version in batch.news] == ["v1"]
    assert [(reject.reason, reject.record.value) for reject in batch.rejects] == [
        ("model", b'{"version": 1}'),
        ("model", b"\x00"),
    ]


def test_a_deleted_version_is_no_news():
    assert decoded(None).news == []
