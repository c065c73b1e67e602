"""Messages that break the contract in every way we could think of, by the seed."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from contract.frame import encode
from contract.sample import Quality, Sample
from contract.topics import backlog_topic, frame_topic, status_topic
from tests.support.frames import frame_of

NODES = 20
BIG = 1_000_001
ODD = (None, True, -1, 0, 2**62, 2**63, 10**400, 1e308, "", "1", "\0", "ä" * 70, [], [[]], {}, {"a": 1}, [None], [1e99])


def valid(chance: random.Random, node: str, seq: int, now_us: int) -> bytes:
    """A frame that keeps the contract."""
    machine = f"{node}-m{chance.randint(1, 3)}"
    at = [now_us + i for i in range(chance.randint(1, 6))]
    return encode(frame_of(node, 1, seq, [Sample(machine, "t", us, us, us % 97 / 8, Quality.GOOD) for us in at]))


def broken(chance: random.Random, site: str, now_us: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Topics and payloads, none twice; what was mutated keeps a number of its own, so that no two are one frame."""
    given: set[int] = set()
    for number in range(1, 2 * count):
        message = _one(chance, site, now_us, number)
        if hash(message) not in given:
            given.add(hash(message))
            yield message
        if len(given) == count:
            return


def _one(chance: random.Random, site: str, now_us: int, number: int) -> tuple[str, bytes]:
    node = f"fuzz-{chance.randrange(NODES)}"
    topic = chance.choice((frame_topic, backlog_topic))(site, node)
    frame = valid(chance, node, number, now_us)
    if number % 20_000 == 1:
        return topic, frame[:-1] + b" " * BIG + b"}"
    if chance.random() < 0.1:
        return status_topic(site, node), chance.choice((garbage, cut))(chance, frame)
    return topic, chance.choice(WAYS)(chance, frame)


def garbage(chance: random.Random, _frame: bytes) -> bytes:
    return chance.randbytes(chance.randint(0, 200))


def cut(chance: random.Random, frame: bytes) -> bytes:
    return frame[: chance.randrange(len(frame))]


def flipped(chance: random.Random, frame: bytes) -> bytes:
    """Some bytes are others; what is still a frame after that is a frame."""
    number = frame.index(b'"seq":')
    places = [*range(number), *range(frame.index(b",", number), len(frame))]
    changed = bytearray(frame)
    for place in chance.choices(places, k=chance.randint(1, 5)):
        changed[place] = chance.randrange(256)
    return bytes(changed)


def odd_value(chance: random.Random, frame: bytes) -> bytes:
    """One key has a value of another kind."""
    document = json.loads(frame)
    document[chance.choice(sorted(document))] = chance.choice(ODD)
    return json.dumps(document).encode()


def odd_entry(chance: random.Random, frame: bytes) -> bytes:
    """One entry of a column has a value of another kind, or one too many."""
    document: dict[str, Any] = json.loads(frame)
    column = document[chance.choice(("index", "edge", "source", "value", "quality", "series"))]
    if chance.random() < 0.3:
        column.append(column[0])
    else:
        column[chance.randrange(len(column))] = chance.choice(ODD)
    return json.dumps(document).encode()


def nested(chance: random.Random, frame: bytes) -> bytes:
    depth = chance.randint(1, 5_000)
    return b'{"v":1,"a":' + b"[" * depth + (b"]" * depth if chance.random() < 0.5 else b"") + frame[1:]


def missing(chance: random.Random, frame: bytes) -> bytes:
    """A key is not there, or one too many, or one twice."""
    document = json.loads(frame)
    name = chance.choice(sorted(document.keys() - {"seq"}))
    if chance.random() < 0.5:
        del document[name]
        return json.dumps(document).encode()
    return frame[:-1] + b',"' + chance.choice((name.encode(), b"x", b"\\u0000")) + b'":' + b"7}"


def another_node(chance: random.Random, frame: bytes) -> bytes:
    return frame.replace(b'"fuzz-', chance.choice((b'"edge-', b'"FUZZ-', b'"', b'"fuzz-fuzz-')), 1)


WAYS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    garbage,
    cut,
    flipped,
    odd_value,
    odd_entry,
    nested,
    missing,
    another_node,
)
