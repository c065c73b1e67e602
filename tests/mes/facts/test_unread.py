"""What an agent could not read is in the certificate, and is NO_DATA of that machine alone until it is read again."""

import psycopg
import pytest

from collector.writer import Writer
from contract.gap import Cause, Gap
from contract.sample import Quality, Sample, State, from_us
from mes.evidence.store_certificate import ask, certify
from runtime.database import connect
from tests.mes.facts.test_outages import PLANT, SECOND, START, message
from tests.mes.keeper.test_store import absorb, facts, keeper_of
from tests.times import later

RUNNING, NO_DATA = int(State.RUNNING), int(State.NO_DATA)
BEGAN, ENDED = START + 2 * SECOND, START + 8 * SECOND


@pytest.mark.parametrize("cause", [Cause.DEVICE_AWAY, Cause.ADDRESS_UNREADABLE])
def test_what_was_not_read_is_certified_and_no_data(database: str, cause: Cause) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    began = Gap(cause=cause, device="press-1-plc", from_us=BEGAN)
    ended = began.model_copy(update={"to_us": ENDED})
    for seq, (second, gaps) in enumerate(((0, []), (2, [began]), (8, [ended]), (10, [])), start=1):
        at = START + second * SECOND
        machines = ["press-1", "press-2"]
        read = [Sample(machine, "state", at, at, float(RUNNING), Quality.GOOD) for machine in machines]
        # `message` names press-1's state and total and press-2's rejects in each gap: not press-2's state.
        writer.write([message(seq, read, gaps)])
        absorb(keeper)
    writer.close()

    with connect(database, "audit") as conn:
        [span] = ask(conn, certify(from_us(START), from_us(START + 60 * SECOND), None, True)).spans
    changes = [(m, (at - from_us(START)).total_seconds(), state) for m, at, state in facts(database)["state_change"]]

    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT cause, from_at, to_at FROM collection_gap").fetchall() == [
            (cause.value, from_us(BEGAN), from_us(ENDED))
        ]
    assert (span.cause, span.device) == (cause.value, "press-1-plc")
    assert "press-1/state" in span.series
    assert [row for row in changes if row[0] == "press-1"][:3] == [
        ("press-1", 0.0, RUNNING),
        ("press-1", 2.000001, NO_DATA),
        ("press-1", 8.0, RUNNING),
    ]
    assert [row[2] for row in changes if row[0] == "press-2"] == [RUNNING, NO_DATA]
