"""The contract of the topics that the flow writes, to hold messages to it: docs/asyncapi.yaml."""

import json
import re
from datetime import datetime
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCS = Path(__file__).parents[1] / "docs"
SCHEMA = json.loads((DOCS / "alerts.schema.json").read_text())
ASYNCAPI = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
MESSAGES = ASYNCAPI["components"]["messages"]
ALERT_TYPE = "retentioncast.alert."

KINDS = "raised|escalated|resolved|revised|suppressed|withdrawn"
# The alert's id, the kind, when it was told, what it corrects.
CE_ID = re.compile(rf"(.*)/({KINDS})/(erasure/\d+|[^/]+)(/after-\d+)?")

_ROOT = "file:///asyncapi.yaml"
_REGISTRY = Registry().with_resources(
    (f"file:///{name}", DRAFT202012.create_resource(contents))
    for name, contents in {"asyncapi.yaml": ASYNCAPI, "alerts.schema.json": SCHEMA}.items()
)
_FORMATS = FormatChecker(formats=())
_FORMATS.checks("date-time", raises=ValueError)(
    lambda value: not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None
)


def validator(reference, *, is_closed=False):
    """Return the validator of a schema of asyncapi.yaml; a closed one lets no unknown field pass."""
    schema = {"$ref": _ROOT + reference} | ({"unevaluatedProperties": False} if is_closed else {})
    return Draft202012Validator(schema, registry=_REGISTRY, format_checker=_FORMATS)


def resolve(reference):
    """Return what a reference within the two files refers to."""
    return _REGISTRY.resolver(_ROOT).lookup(reference).contents


def check_message(name, headers, value):
    """Raise unless a message has the headers and the value of that name, and no others; return the value."""
    texts = {header: text.decode() for header, text in headers}
    assert len(texts) == len(headers), f"a header comes twice: {headers}"
    place = f"#/components/messages/{name}"
    if "headers" in MESSAGES[name]:
        validator(f"{place}/headers", is_closed=True).validate(texts)
    else:
        assert not texts, f"no headers were expected: {headers}"
    payload = "payload/schema" if "schemaFormat" in MESSAGES[name]["payload"] else "payload"
    body = None if value is None else json.loads(value)
    validator(f"{place}/{payload}", is_closed=True).validate(body)
    return body


def alert_id_of(ce_id):
    """Return the id of the alert that a message of this id is about."""
    return CE_ID.fullmatch(ce_id)[1]


def is_id_of(ce_id, kind, body):
    """Tell whether a message of that kind and body may have this id."""
    is_erasure = body.get("reason") == "erasure"
    told = r"erasure/\d+" if is_erasure else re.escape(body["told_at"] or "")
    return re.fullmatch(rf"{re.escape(body['alert_id'])}/{kind}/{told}(/after-\d+)?", ce_id) is not None


def check_alert(headers, value):
    """Raise unless it is a message of the alerts' topic, all of whose parts agree; return its value."""
    texts = {name: text.decode() for name, text in headers}
    kind = "erased" if value is None else texts.get("ce_type", "").removeprefix(ALERT_TYPE)
    assert kind in ASYNCAPI["channels"]["alerts"]["messages"], f"no such message: {headers}"
    body = check_message(kind, headers, value)
    if body is not None:
        properties = SCHEMA["$defs"]["withdrawal" if kind == "withdrawn" else "alert"]["properties"]
        assert list(body) == list(properties), f"in another order: {value}"
        assert is_id_of(texts["ce_id"], kind, body), f"ce_id is {texts['ce_id']}: {value}"
        for name, expected in _implied_headers(kind, body).items():
            assert texts.get(name) == expected, f"{name} is {texts.get(name)}, not {expected}: {value}"
        _check_fields(body)
    return body


def _implied_headers(kind, body):
    told_at = body["told_at"]
    instants = {
        "raised": "raised_at",
        "suppressed": "raised_at",
        "resolved": "resolved_at",
        "escalated": "escalated_at",
    }
    implied = {
        "ce_subject": body["customer_id"],
        "ce_time": body.get(instants.get(kind)) or told_at,
    }
    # A withdrawal's value does not hold them.
    return implied | {f"ce_{name}": body[name] for name in ("arm", "level") if name in body}


def _check_fields(body):
    """Hold the fields to each other, which a schema cannot."""
    customer = body["customer_id"].replace("%", "%25").replace("/", "%2F")
    if body["status"] == "withdrawn":
        assert body["alert_id"].startswith(f"{customer}/"), body
        return
    assert body["alert_id"] == f"{customer}/{body['latest_order_id']}", body
    instants = [body[name] for name in ("first_purchase", "latest_purchase", "raised_at")]
    for later in (body["escalated_at"], body["resolved_at"]):
        in_order = [datetime.fromisoformat(instant) for instant in (*instants, later) if instant is not None]
        assert in_order == sorted(in_order), body
    if body["status"] == "resolved":
        raised_at, resolved_at = (datetime.fromisoformat(body[name]) for name in ("raised_at", "resolved_at"))
        assert body["resolved_after_seconds"] == (resolved_at - raised_at).total_seconds(), body
