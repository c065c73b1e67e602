"""Rows: messages that break the contract, and frames from its bounds and beyond, while the plant runs."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
import psycopg

from contract.messages import Ack
from contract.topics import ack_topic, backlog_topic, frame_topic
from runtime.broker import connect_client
from runtime.settings import Broker
from tests.chaos.auditor import Verdict
from tests.chaos.fuzz import NODES, broken, valid
from tests.chaos.odd_frames import odd_frames
from tests.chaos.shop import SITE, Shop
from tests.chaos.stage import Row, Stage
from tests.support.size import sized

MESSAGES = sized(100_000)
ODD_LOT = 100
# The broker drops what it cannot queue, without a word: so the next lot goes when the last one has been read.
LOT = 500
PROBE = "probe"
# `make chaos` sends a hundred thousand; a lot is small, for each may hold days of time.
ODD_FRAMES = sized(1_500, at_least=ODD_LOT)
MOST_BEHIND_S = 5.0
BEHIND = """
SELECT extract(epoch FROM clock_timestamp() - f.ingested_at)
  FROM mes_position p JOIN frame f ON f.transaction >= p.transaction ORDER BY f.transaction LIMIT 1
"""
KEPT = "SELECT count(*) FROM rejected_message WHERE topic <> ''"
COUNTED = "SELECT reason FROM rejected_message WHERE topic = ''"
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


def odd(stage: Stage) -> Verdict:
    """Whatever a node sends of its own machines: nobody dies, live facts go on, and the certificate can be told.

    The frames are made first: the PLCs live in this process, and would be starved of answers by the making.
    """
    count = int(os.environ.get("SHOPFLOOR_ODD_FRAMES", ODD_FRAMES))
    frames = list(odd_frames(stage.chance.randrange(2**32), count))
    with stage.shop() as shop:
        shop.add_nodes([PROBE], machines=3)
        shop.start_all()
        shop.start("mes", environment={"SHOPFLOOR_PORT": str(stage.ground.port())})
        shop.start("alerts")
        with stranger(shop) as client, psycopg.connect(shop.database, autocommit=True) as conn:
            shop.until("facts", lambda: one(conn, "SELECT count(*) FROM state_change") > 0)
            worst = 0.0
            for number, payload in enumerate(frames, start=1):
                topic = frame_topic if number % 3 else backlog_topic
                client.client.publish(topic(SITE, PROBE), payload, qos=1)
                if number % ODD_LOT == 0:
                    seq = 10_000 + number // ODD_LOT
                    at = time.time_ns() // 1000
                    client.client.publish(frame_topic(SITE, PROBE), valid(stage.chance, PROBE, seq, at), qos=1)
                    shop.until(f"lot {seq} to be read", lambda seq=seq: seq in client.acked)
                    worst = max(worst, behind(conn))
            print(f"odd frames: {count} sent, live facts at most {worst:.1f} s behind")
            shop.until("the facts", lambda: behind(conn) < 1)
        verdict = shop.settle()
        certificate = audit_of(shop)
        assert [node["adds_up"] for node in certificate if node["node"] == "edge-1"] == [True]
        assert worst < MOST_BEHIND_S, f"live facts were {worst:.1f} s behind"
        return verdict


def behind(conn: psycopg.Connection[tuple[object, ...]]) -> float:
    """For how many seconds the oldest frame has been there that is not in the facts."""
    row = conn.execute(BEHIND).fetchone()
    return float(str(row[0])) if row else 0.0


def audit_of(shop: Shop) -> list[dict[str, Any]]:
    """The loss certificate of the last day, by node."""
    done = subprocess.run(
        [sys.executable, "shopfloor.py", "audit", "--from", "24h", "--json"],
        env={**os.environ, "SHOPFLOOR_DATABASE": shop.database, "SHOPFLOOR_PLANT": str(shop.plant)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["nodes"]
    return found


class Stranger:
    """A client that anybody could start; it hears which of its valid frames are acknowledged."""

    def __init__(self, shop: Shop) -> None:
        self.acked: set[int] = set()
        self.client = connect_client(
            Broker("127.0.0.1", shop.broker.port, tls=False),
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


ROWS: dict[str, Row] = {"fuzz": fuzz, "odd-frames": odd}
