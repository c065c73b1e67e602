"""Births, clean ends and last wills of real edge agents are in table node, through real brokers."""

import os
import signal
from pathlib import Path

from collector.writer import Message, Writer
from contract.messages import NodeState, Status
from contract.topics import status_topic
from laptop.broker import LocalBroker
from tests.collector.senders import SITE, Collector, rows
from tests.support.eventually import eventually
from tests.support.program import Program

STATE = "SELECT state, epoch FROM node WHERE node = 'edge-1' AND since IS NOT NULL"


def agent(folder: Path, broker: LocalBroker) -> Program:
    """`shopfloor edge edge-1`."""
    variables = {"SHOPFLOOR_DATA": str(folder), "SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}"}
    return Program(["edge", "edge-1"], os.environ | variables)


def becomes(database: str, state: str, after: int = 0) -> int:
    """Wait until the node is in a state, in an epoch after another; its epoch."""

    def so() -> bool:
        return any(found == state and epoch > after for found, epoch in rows(database, STATE))

    eventually(f"the node to be {state}", so, 60)
    return int(rows(database, STATE)[0][1])


def test_birth_death_and_end_of_an_agent_are_told(any_broker: LocalBroker, database: str, tmp_path: Path) -> None:
    with Collector(tmp_path, any_broker, database) as collector:
        collector.start()
        process = agent(tmp_path, any_broker)
        try:
            first = becomes(database, "online")
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed = becomes(database, "offline")
            process = agent(tmp_path, any_broker)
            second = becomes(database, "online", first)
            process.send_signal(signal.SIGTERM)
            code = process.wait(20)
            ended = becomes(database, "offline", first)
        finally:
            process.kill()
            process.wait()

    assert (killed, code, ended) == (first, 0, second)
    assert second > first


def test_a_will_of_an_earlier_life_comes_too_late_to_count(database: str) -> None:
    writer = Writer(database, SITE)

    def hear(state: NodeState, epoch: int) -> list[tuple[str, int]]:
        status = Status(node="edge-1", state=state, epoch=epoch, at_us=0)
        writer.write([Message(status_topic(SITE, "edge-1"), status.model_dump_json().encode())])
        return rows(database, STATE)

    assert hear(NodeState.ONLINE, 8) == [("online", 8)]
    assert hear(NodeState.OFFLINE, 7) == [("online", 8)]
    assert hear(NodeState.OFFLINE, 8) == [("offline", 8)]
    writer.close()
