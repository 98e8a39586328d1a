"""The alerts that a world's topic holds in the end, against those that its orders imply."""

import json

from tests.operators import oracle


def standing(messages):
    """Return the last body of each alert that was neither withdrawn nor erased, by id."""
    found = {}
    for message in messages:
        if message.value is None:
            customer_id = message.key.decode()
            found = {id_: body for id_, body in found.items() if body["customer_id"] != customer_id}
            continue
        body = json.loads(message.value)
        found.pop(body["alert_id"], None)
        if body["status"] != "withdrawn":
            found[body["alert_id"]] = body
    return found


def implied(world, versions_of, since_us, rules=oracle.DEFAULTS):
    """Return the bodies that the world's orders imply at its time; `versions_of` a customer: the models."""
    found = {}
    for customer_id, orders in world.accounts().items():
        versions = versions_of(customer_id)
        found |= oracle.bodies(customer_id, orders, versions, since_us, world.now_us, rules)
    return found


def mismatches(standing, implied):
    """Return a line for each alert that is lost, not withdrawn, or stands otherwise."""
    wrong = [f"lost: {id_}" for id_ in implied.keys() - standing.keys()]
    wrong += [f"not withdrawn: {id_}" for id_ in standing.keys() - implied.keys()]
    for id_ in implied.keys() & standing.keys():
        body = {name: value for name, value in standing[id_].items() if name != "told_at"}
        if names := oracle.differences(body, implied[id_]):
            wrong.append(f"{id_} differs in {', '.join(names)}: {body}, expected {implied[id_]}")
    return wrong
