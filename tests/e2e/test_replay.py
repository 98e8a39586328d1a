"""What stands on the alerts' topic is compared to the byte, but for when it was told."""

from tests.e2e.replay import differences, last_bodies


class Written:
    """A message on the topic."""

    def __init__(self, kind, alert_id, value, told_at="2026-01-01T00:00:00Z"):
        self._customer_id = alert_id.partition("/")[0]
        self._value = value and b'{"value_at_risk":"%b","told_at":"%b"}' % (value, told_at.encode())
        self._headers = {"ce_id": f"{alert_id}/{kind}/{told_at}", "ce_type": f"retentioncast.alert.{kind}"}
        if value is None:
            self._headers = {"ce_id": "receipt/1/erased"}

    def key(self):
        return self._customer_id.encode()

    def value(self):
        return self._value

    def headers(self):
        return [(name, value.encode()) for name, value in self._headers.items()]


def test_the_last_body_of_each_alert_that_stands_is_taken_without_when_it_was_told():
    early, late = Written("raised", "7/1", b"5.00"), Written("raised", "7/1", b"5.00", "2027-01-01T00:00:00Z")
    assert last_bodies([early]) == last_bodies([late]) == {"7/1": b'{"value_at_risk":"5.00"'}
    revised = Written("revised", "7/1", b"6.00")
    assert last_bodies([early, revised]) == {"7/1": b'{"value_at_risk":"6.00"'}


def test_what_was_withdrawn_or_erased_does_not_stand():
    raised, other = Written("raised", "7/1", b"5.00"), Written("raised", "7/2", b"1.00")
    assert last_bodies([raised, other, Written("withdrawn", "7/1", b"")]).keys() == {"7/2"}
    assert last_bodies([raised, other, Written("", "7", None)]) == {}
    assert last_bodies([raised, Written("", "7", None), raised]).keys() == {"7/1"}


def test_a_byte_that_differs_is_said():
    assert list(differences({"7/1": b"a"}, {"7/1": b"a"})) == []
    assert list(differences({"7/1": b"a", "7/2": b""}, {"7/1": b"b"})) == [
        "replay: 7/1 is b'b', was b'a'",
        "replay: 7/2 is None, was b''",
    ]
