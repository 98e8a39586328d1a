"""Bytes that no connector writes, made from those that one did."""

import json
import random
from typing import Any

from tests.fuzz.hostile import HOSTILE, LIKELY, READ

MARK = "\x00{}\x00"  # stands for a text of HOSTILE until the message is text


class Mutator:
    """Changes values at random: bytes, JSON, or both."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._hostile: list[str] = []

    def mutated(self, value: bytes, other: bytes) -> bytes:
        """The value changed, or as it was; `other` is one that parts may be taken of."""
        kind = self._chance.random()
        if kind < 0.1:
            return value
        if kind < 0.3:
            return self._with_other_row(value)
        if kind < 0.85:
            value = self._with_other_json(value, other)
        if kind > 0.75:
            for _ in range(self._chance.choice((1, 1, 2, 5))):
                value = self._with_other_bytes(value, other)
        return value

    def _with_other_row(self, value: bytes) -> bytes:
        """The value as a shop might have caused it, with some columns changed."""
        root = json.loads(value)
        payload = root.get("payload") or root
        row = payload.get("after") or payload
        columns = [column for column in row if column in LIKELY]
        for column in self._chance.sample(columns, self._chance.randint(0, len(columns))):
            row[column] = self._chance.choice(LIKELY[column])
        return json.dumps(root, separators=(",", ":")).encode()

    def _with_other_bytes(self, value: bytes, other: bytes) -> bytes:
        start, end = sorted(self._chance.randrange(len(value) + 1) for _ in range(2))
        if self._chance.random() < 0.5:
            end = min(end, start + 8)
        match self._chance.randrange(6):
            case 0:  # a bit
                return (
                    value[:start]
                    + bytes(byte ^ 1 << self._chance.randrange(8) for byte in value[start:end])
                    + value[end:]
                )
            case 1:
                return value[:start] + self._chance.randbytes(self._chance.randrange(4)) + value[end:]
            case 2:
                return value[:start] + value[end:]
            case 3:
                return value[:end] + value[start:]
            case 4:
                return value[:start] + other[self._chance.randrange(len(other) + 1) :]
            case _:
                at = self._chance.randrange(len(other) + 1)
                return value[:start] + other[at : at + end - start] + value[end:]

    def _with_other_json(self, value: bytes, other: bytes) -> bytes:
        root = json.loads(value)
        self._hostile = []
        changes = (self._replace, self._replace, self._replace, self._drop, self._rename, self._repeat)
        for _ in range(self._chance.choice((1, 1, 1, 2, 3))):
            place = self._place(root)
            if place is None:
                break
            self._chance.choice(changes)(*place)
        if self._chance.random() < 0.05:
            self._transplant(root, json.loads(other))
        text = json.dumps(root, separators=(",", ":"), ensure_ascii=self._chance.random() < 0.5)
        for number, hostile in enumerate(self._hostile):
            for quote in ('"{}"', "{}"):  # a repeated name is marked inside of a string
                text = text.replace(quote.format(json.dumps(MARK.format(number))[1:-1]), hostile)
        return text.encode("utf-8", "surrogatepass")

    def _place(self, root: Any) -> tuple[Any, Any] | None:
        """A container and a key of it, those that are read before others."""
        container, place = root, None
        while isinstance(container, dict | list) and container:
            keys = list(container) if isinstance(container, dict) else range(len(container))
            read = [key for key in keys if key in READ]
            chosen = read if read and self._chance.random() < 0.9 else keys
            place = container, self._chance.choice(chosen)
            if self._chance.random() < 0.1:
                break
            container = place[0][place[1]]
        return place

    def _replace(self, container: Any, key: Any) -> None:
        kind = self._chance.random()
        if kind < 0.1 and isinstance(container, dict):
            container[key] = self._chance.choice(list(container.values()))
        elif kind < 0.2:
            container[key] = self._chance.choice(
                ([container[key]], {key: container[key]}, str(container[key]))
            )
        elif kind < 0.3:
            container[key] = self._chance.choice((1, -1)) * self._chance.getrandbits(
                self._chance.randrange(1, 130)
            )
        else:
            container[key] = MARK.format(len(self._hostile))
            self._hostile.append(self._chance.choice(HOSTILE))

    def _drop(self, container: Any, key: Any) -> None:
        del container[key]

    def _rename(self, container: Any, key: Any) -> None:
        if isinstance(container, dict):
            container[self._chance.choice((f"{key}_", "", str(key).upper(), *container))] = container.pop(key)

    def _repeat(self, container: Any, key: Any) -> None:
        """Have the name stand twice, with another value."""
        if isinstance(container, dict):
            container[MARK.format(len(self._hostile))] = MARK.format(len(self._hostile) + 1)
            self._hostile += [json.dumps(key), self._chance.choice(HOSTILE)]

    def _transplant(self, root: Any, other: Any) -> None:
        place, graft = self._place(root), self._place(other)
        if place and graft:
            place[0][place[1]] = graft[0][graft[1]]
