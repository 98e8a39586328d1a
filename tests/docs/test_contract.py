"""The documents of the contract against the code, and messages against the documents."""

import json
import re
from operator import itemgetter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from msgspec.structs import replace

from alerts import settings as alerts_settings
from dataflows.settings import Settings
from operators import budget, reject, version
from operators.alert_body import AlertBody, WithdrawnBody, from_json, to_json
from operators.chunk import Record
from operators.message import event
from operators.reject import Reject
from operators.version import Holdout, Previous
from stack.topics import CONFIGS, DAY_MS, PARTITIONS
from tests.contract import ASYNCAPI, DOCS, MESSAGES, SCHEMA, check_alert, check_message, resolve
from tests.operators.test_alert_body import OPEN, RESOLVED, WITHDRAWN, WRONG, bodies
from tests.operators.test_budget import BUDGET, budgets
from tests.operators.test_version import NO_FIT, VERSION, versions

CHANNELS = ASYNCAPI["channels"]
ALERT_TYPES = ("raised", "escalated", "resolved", "revised", "suppressed", "withdrawn")
SUPPRESSED = replace(OPEN, suppressed_by="cooldown", arm="control")
ESCALATED = replace(
    RESOLVED, status="open", **{name: None for name in AlertBody.__struct_fields__ if "resolved_" in name}
)
ERASED = replace(WITHDRAWN, reason="erasure", told_at=None)

schema = Draft202012Validator(SCHEMA)


# The schema of a value.


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("example", SCHEMA["examples"], ids=lambda example: example["status"])
def test_every_example_is_what_it_is_an_example_of(example):
    schema.validate(example)
    assert json.loads(to_json(from_json(json.dumps(example).encode()))) == example


@settings(deadline=None)
@given(bodies)
def test_every_body_is_valid(body):
    schema.validate(json.loads(to_json(body)))


# What no schema says: that one field is put together from others; and Python's $ matches before a line's end.
UNSAID = {
    "another customer's id",
    "another order's id",
    "another customer's withdrawal",
    "an amount with a line's end",
}


@pytest.mark.parametrize("name", sorted(set(WRONG) - UNSAID))
def test_a_wrong_field_is_not_valid(name):
    body, changes, _ = WRONG[name]
    with pytest.raises(ValidationError):
        schema.validate(json.loads(to_json(body)) | changes)


@pytest.mark.parametrize("body", [OPEN, WITHDRAWN], ids=["alert", "withdrawal"])
def test_every_field_is_required(body):
    for name in body.__struct_fields__:
        known = json.loads(to_json(body))
        del known[name]
        with pytest.raises(ValidationError):
            schema.validate(known)


def test_fields_of_the_future_are_valid():
    schema.validate(json.loads(to_json(OPEN)) | {"of_the_future": 1})


def resolved(property_):
    """A property's schema without its words."""
    found = dict(property_)
    if "$ref" in found:
        found |= SCHEMA["$defs"][found.pop("$ref").removeprefix("#/$defs/")]
    return {key: value for key, value in found.items() if key not in ("description", "title", "examples")}


def spelled(pattern):
    return pattern.replace(r"\A", "^").replace(r"\Z", "$")


def expected(type_):
    """The schema of a struct's field, instants left to their own."""
    match type_:
        case msgspec.inspect.Metadata(type=inner):
            return expected(inner)
        case msgspec.inspect.LiteralType(values=values):
            return {"enum": set(values)}
        case msgspec.inspect.DateTimeType(tz=True):
            return resolved({"$ref": "#/$defs/instant"})
        case msgspec.inspect.StrType(pattern=pattern, max_length=length):
            return {"type": "string", "pattern": spelled(pattern)} | ({"maxLength": length} if length else {})
        case msgspec.inspect.IntType(ge=least, le=most) | msgspec.inspect.FloatType(ge=least, le=most):
            name = "integer" if isinstance(type_, msgspec.inspect.IntType) else "number"
            return {"type": name, "minimum": least} | ({"maximum": most} if most else {})
        case msgspec.inspect.UnionType(types=(inner, msgspec.inspect.NoneType())):
            found = expected(inner)
            return (
                {"enum": found["enum"] | {None}} if "enum" in found else {"oneOf": [found, {"type": "null"}]}
            )
    raise NotImplementedError(type_)


def described(property_):
    """The same as `expected` returns it."""
    found = resolved(property_)
    if "oneOf" in found:
        found["oneOf"] = [resolved(part) for part in found["oneOf"]]
    return found | ({"enum": set(found["enum"])} if "enum" in found else {})


@pytest.mark.parametrize(("struct", "name"), [(AlertBody, "alert"), (WithdrawnBody, "withdrawal")])
def test_the_schema_has_the_fields_of_the_struct(struct, name):
    definition = SCHEMA["$defs"][name]
    fields = {field.name: expected(field.type) for field in msgspec.inspect.type_info(struct).fields}
    properties = {key: described(property_) for key, property_ in definition["properties"].items()}
    assert list(properties) == list(fields) == definition["required"]
    assert properties == fields


def parts_of(document, kind, path=()):
    """Every part of a document that stands under a key of that kind."""
    if isinstance(document, dict):
        for key, part in document.items():
            if key == kind:
                yield path, part
            yield from parts_of(part, kind, (*path, key))
    elif isinstance(document, list):
        for index, part in enumerate(document):
            yield from parts_of(part, kind, (*path, index))


CONDITIONS = {"if", "then", "else", "allOf"}  # they say more of fields that are described elsewhere


@pytest.mark.parametrize("document", [SCHEMA, ASYNCAPI], ids=["alerts.schema.json", "asyncapi.yaml"])
def test_every_field_is_described(document):
    found = [
        (*path, name)
        for path, properties in parts_of(document, "properties")
        for name, property_ in properties.items()
        if not CONDITIONS & set(path) and not property_.get("description")
    ]
    assert found == []


# The topics.

UNBOUND = {"min.compaction.lag.ms", "max.compaction.lag.ms", "segment.ms"}  # AsyncAPI's bindings have none


def test_references_resolve():
    references = [reference for _, reference in parts_of(ASYNCAPI, "$ref")]
    assert len(references) >= 40
    for reference in references:
        assert isinstance(resolve(reference), dict), reference


def test_it_is_asyncapi_3():
    assert ASYNCAPI["asyncapi"] == "3.0.0"
    assert {operation["action"] for operation in ASYNCAPI["operations"].values()} == {"send", "receive"}


def test_the_topics_are_those_of_the_settings_and_of_the_stack():
    addresses = {channel["address"] for channel in CHANNELS.values()}
    assert addresses == {name for name in PARTITIONS if name.startswith("retentioncast.")} == set(CONFIGS)
    of_settings = {field.default for name, field in Settings.model_fields.items() if name.endswith("_topic")}
    assert of_settings == addresses
    assert alerts_settings.Settings.model_fields["alerts_topic"].default in addresses


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=itemgetter("address"))
def test_a_topic_is_made_as_it_is_described(channel):
    bindings, config = channel["bindings"]["kafka"], dict(CONFIGS[channel["address"]])
    assert bindings["partitions"] == PARTITIONS[channel["address"]]
    told = dict(bindings["topicConfiguration"])
    assert set(told.pop("cleanup.policy")) == set(config.pop("cleanup.policy").split(","))
    for name in UNBOUND & set(config):
        assert f"{name} {config.pop(name)}" in channel["description"]
    assert {name: str(value) for name, value in told.items()} == config


KEPT = {
    "retentioncast.alerts": "all of it for {min.compaction.lag.ms} days, "
    "then each customer's last message until it is {retention.ms} days old",
    "retentioncast.states": "each customer's last message for ever, "
    "a tombstone for {delete.retention.ms} days",
}


@pytest.mark.parametrize("name", KEPT)
def test_subscribers_are_told_how_a_topic_is_made(name):
    days = {
        f"{{{key}}}": f"{int(text) // DAY_MS}" for key, text in CONFIGS[name].items() if key.endswith(".ms")
    }
    kept = re.sub(r"\{.*?\}", lambda found: days[found[0]], KEPT[name])
    [row] = re.findall(rf"^\| `{name}` .*$", (DOCS / "subscribe.md").read_text(), re.MULTILINE)
    assert row.endswith(f"| {PARTITIONS[name]} | {kept} |")


def test_messages_are_those_of_the_channels():
    told = [reference["$ref"] for channel in CHANNELS.values() for reference in channel["messages"].values()]
    assert sorted(told) == sorted(f"#/components/messages/{name}" for name in MESSAGES)


def ce_types(channel):
    headers = [MESSAGES[name].get("headers", {}).get("allOf", []) for name in CHANNELS[channel]["messages"]]
    return {
        more["properties"]["ce_type"]["const"] for parts in headers for more in parts if "properties" in more
    }


def test_the_types_of_events_are_those_of_the_code():
    assert ce_types("alerts") == {f"retentioncast.alert.{type_}" for type_ in ALERT_TYPES}
    types = (version.TYPE_VERSION, version.TYPE_REQUEST, budget.TYPE_BUDGET)
    assert ce_types("models") == {type_.decode() for type_ in types}
    assert set(CHANNELS["alerts"]["messages"]) == {*ALERT_TYPES, "erased"}


def test_the_reasons_of_rejects_are_those_of_the_code():
    headers = ASYNCAPI["components"]["schemas"]["rejectHeaders"]["properties"]
    reasons = {value for name, value in vars(reject).items() if name.isupper() and isinstance(value, str)}
    assert set(headers["rc.reason"]["enum"]) == reasons


def headers_of(message, id_header="ce_id"):
    """A message's headers as the sink writes them."""
    return [*message.headers, (id_header, message.id.encode())]


STRUCTS = {
    "version": json.loads(version.to_message(VERSION).value),
    "holdout": Holdout.__struct_fields__,
    "previous": Previous.__struct_fields__,
    "budget": json.loads(budget.to_message(BUDGET).value),
}


@pytest.mark.parametrize(("name", "fields"), STRUCTS.items(), ids=STRUCTS)
def test_records_of_the_models_topic_have_the_fields_of_the_structs(name, fields):
    found = ASYNCAPI["components"]["schemas"][name]
    assert list(found["properties"]) == found["required"] == list(fields)


@settings(deadline=None)
@given(versions | st.just(NO_FIT))
def test_every_version_is_as_described(found):
    message = version.to_message(found)
    check_message("version", headers_of(message), message.value)


def test_a_request_is_as_described():
    message = version.to_message(version.Request(0))
    check_message("request", headers_of(message), message.value)
    with pytest.raises(ValidationError):
        check_message("version", headers_of(message), message.value)


@settings(deadline=None)
@given(budgets)
def test_every_budget_is_as_described(found):
    message = budget.to_message(found)
    check_message("budget", headers_of(message), message.value)


def test_a_reject_is_as_described():
    found = Reject(reject.AMOUNT, "three decimals", Record("shop.public.orders:0", 5, b"k", b"17"))
    check_message("reject", headers_of(reject.to_message(found), "rc.id"), found.record.value)


# Messages of the alerts' topic.


def message_of(body, kind, time, id_=None):
    """Headers and value as the topic holds them."""
    told_at = json.loads(to_json(body))["told_at"]
    type_ = f"retentioncast.alert.{kind}".encode()
    message = event(id_ or f"{body.alert_id}/{kind}/{told_at}", body.customer_id, type_, body, time)
    known = body if isinstance(body, AlertBody) else OPEN  # what was told before it was withdrawn
    arms = {"ce_arm": known.arm.encode(), "ce_level": known.level.encode()}
    return dict(headers_of(message)) | arms, message.value


TOLD = {
    "raised": message_of(OPEN, "raised", OPEN.raised_at),
    "escalated": message_of(ESCALATED, "escalated", ESCALATED.escalated_at),
    "escalated by an edit": message_of(replace(OPEN, level="LAPSED"), "escalated", OPEN.told_at),
    "resolved": message_of(RESOLVED, "resolved", RESOLVED.resolved_at),
    "revised": message_of(RESOLVED, "revised", RESOLVED.told_at),
    "suppressed": message_of(SUPPRESSED, "suppressed", OPEN.raised_at),
    "withdrawn": message_of(WITHDRAWN, "withdrawn", WITHDRAWN.told_at),
    "erased": message_of(ERASED, "withdrawn", None, "4711/90210/withdrawn/erasure/30"),
}


@pytest.mark.parametrize(("headers", "value"), TOLD.values(), ids=TOLD)
def test_what_the_topic_may_say_is_let_pass(headers, value):
    assert check_alert(list(headers.items()), value) == json.loads(value)


def test_a_tombstone_has_its_id_only():
    assert check_alert([("ce_id", b"abcd/1/erased")], None) is None
    for headers in ([], [("ce_id", b"abcd/1/erased"), ("ce_type", b"retentioncast.alert.withdrawn")]):
        with pytest.raises(ValidationError):
            check_alert(headers, None)


WRONG_HEADERS = {
    "another type": ("raised", {"ce_type": b"retentioncast.alert.resolved"}),
    "an unknown type": ("raised", {"ce_type": b"retentioncast.alert.due"}),
    "no type": ("raised", {"ce_type": None}),
    "raised, but suppressed": ("suppressed", {"ce_type": b"retentioncast.alert.raised"}),
    "suppressed, but raised": ("raised", {"ce_type": b"retentioncast.alert.suppressed"}),
    "escalated, but at risk": ("raised", {"ce_type": b"retentioncast.alert.escalated"}),
    "another version": ("raised", {"ce_specversion": b"0.3"}),
    "another id": ("raised", {"ce_id": b"4711/90210/raised"}),
    "no id": ("withdrawn", {"ce_id": None}),
    "an erasure with an instant": ("erased", {"ce_id": b"4711/90210/withdrawn/2026-05-04T00:00:00Z"}),
    "another subject": ("raised", {"ce_subject": b"4712"}),
    "another time": ("raised", {"ce_time": b"2026-05-03T09:12:45Z"}),
    "no time": ("raised", {"ce_time": None}),
    "another arm": ("suppressed", {"ce_arm": b"treatment"}),
    "no arm": ("raised", {"ce_arm": None}),
    "another level": ("escalated", {"ce_level": b"AT_RISK"}),
    "a withdrawal's arm": ("withdrawn", {"ce_arm": None}),
    "another content": ("raised", {"content-type": b"text/plain"}),
    "an unknown header": ("raised", {"ce_colour": b"red"}),
}


@pytest.mark.parametrize(("name", "changes"), WRONG_HEADERS.values(), ids=WRONG_HEADERS)
def test_headers_that_do_not_agree_are_refused(name, changes):
    headers, value = TOLD[name]
    changed = [(key, text) for key, text in (headers | changes).items() if text is not None]
    with pytest.raises((ValidationError, AssertionError)):
        check_alert(changed, value)


WRONG_VALUES = {
    "an unknown field": ("raised", {"colour": "red"}),
    "another order": ("raised", {"latest_order_id": "90211"}),
    "another customer's": ("withdrawn", {"alert_id": "4712/90210"}),
    "raised before the silence": ("resolved", {"latest_purchase": "2026-05-03T09:12:44.018212Z"}),
    "more orders in no time": ("raised", {"first_purchase": "2026-03-12T18:30:12Z"}),
    "resolved after another time": ("resolved", {"resolved_after_seconds": 3456000.4}),
    "no day of the calendar": ("raised", {"first_purchase": "2025-02-29T10:00:00Z"}),
}


@pytest.mark.parametrize(("name", "changes"), WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_values_that_do_not_agree_are_refused(name, changes):
    headers, value = TOLD[name]
    with pytest.raises((ValidationError, AssertionError)):
        check_alert(list(headers.items()), json.dumps(json.loads(value) | changes).encode())


def test_fields_in_another_order_are_refused():
    headers, value = TOLD["raised"]
    backward = dict(reversed(json.loads(value).items()))
    with pytest.raises(AssertionError, match="in another order"):
        check_alert(list(headers.items()), json.dumps(backward).encode())


def test_a_header_that_comes_twice_is_refused():
    headers, value = TOLD["raised"]
    with pytest.raises(AssertionError, match="twice"):
        check_alert([*headers.items(), ("ce_arm", b"treatment")], value)


def test_an_unknown_field_of_any_message_is_refused():
    message = version.to_message(version.Request(0))
    unknown = json.dumps(json.loads(message.value) | {"colour": "red"}).encode()
    with pytest.raises(ValidationError, match="colour"):
        check_message("request", headers_of(message), unknown)
