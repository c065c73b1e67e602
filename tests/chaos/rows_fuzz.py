"""Row: a hundred thousand messages that break the contract, sent over the broker while the plant runs."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as mqtt
import psycopg

from contract.broker import connect_client
from contract.messages import Ack
from contract.topics import ack_topic, frame_topic
from tests.chaos.auditor import Verdict
from tests.chaos.fuzz import NODES, broken, valid
from tests.chaos.shop import SITE, Shop
from tests.chaos.stage import Row, Stage

MESSAGES = 100_000
# The broker drops what it cannot queue, without a word: so the next lot goes when the last one has been read.
LOT = 500
PROBE = "probe"
KEPT = "SELECT count(*) FROM reject WHERE topic <> ''"
COUNTED = "SELECT reason FROM reject WHERE topic = ''"
FRAMES = "SELECT count(*) FROM frame WHERE node LIKE 'fuzz-%'"


def fuzz(stage: Stage) -> Verdict:
    """Each broken message is on record or counted, each valid one in between is stored, and nobody dies."""
    with stage.shop() as shop:
        shop.add_nodes([PROBE, *(f"fuzz-{number}" for number in range(NODES))], machines=3)
        shop.start_all()
        with stranger(shop) as client:
            send(stage, shop, client)
        verdict = shop.settle()
        with psycopg.connect(shop.database, autocommit=True) as conn:
            kept, frames = (one(conn, query) for query in (KEPT, FRAMES))
            counted = sum(int(re.match(r"\d+", reason)[0]) for (reason,) in conn.execute(COUNTED))
            probes = one(conn, f"SELECT count(*) FROM frame WHERE node = '{PROBE}'")
        found = f"{kept} on record, {counted} counted, {frames} were frames"
        assert kept + counted + frames == MESSAGES, found
        assert probes == MESSAGES // LOT
        assert "broker_lost" not in shop.says("collector")
        return verdict


class Stranger:
    """A client that anybody could start; it hears which of its valid frames are acknowledged."""

    def __init__(self, shop: Shop) -> None:
        self.acked: set[int] = set()
        self.client = connect_client(
            host="127.0.0.1",
            port=shop.broker.port,
            client_id="stranger",
            on_connect=lambda client: client.subscribe(ack_topic(SITE, PROBE), qos=1),
            on_message=self._heard,
        )

    def _heard(self, _client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        for _epoch, first, last in Ack.model_validate_json(message.payload).ranges:
            self.acked.update(range(first, last + 1))


@contextmanager
def stranger(shop: Shop) -> Iterator[Stranger]:
    made = Stranger(shop)
    shop.until("the stranger's connection", made.client.is_connected)
    try:
        yield made
    finally:
        made.client.disconnect()
        made.client.loop_stop()


def send(stage: Stage, shop: Shop, who: Stranger) -> None:
    """All lots, a valid frame after each."""
    now_us = time.time_ns() // 1000
    for number, (topic, payload) in enumerate(broken(stage.chance, SITE, now_us, MESSAGES), start=1):
        who.client.publish(topic, payload, qos=1)
        if number % LOT == 0:
            seq = number // LOT
            who.client.publish(frame_topic(SITE, PROBE), valid(stage.chance, PROBE, seq, now_us + seq * 1000), qos=1)
            shop.until(f"lot {seq} to be read", lambda seq=seq: seq in who.acked)


def one(conn: psycopg.Connection[tuple[object, ...]], query: str) -> int:
    row = conn.execute(query.encode()).fetchone()
    return int(str(row[0])) if row else 0


ROWS: dict[str, Row] = {"fuzz": fuzz}
