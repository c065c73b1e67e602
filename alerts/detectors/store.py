"""What the detectors have learned ↔ table detector."""

from collections.abc import Sequence

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from alerts.detectors.machine import MachineAnomalies
from alerts.faults import ODD, Faults
from runtime.database import queries

SQL = {name: text.encode() for name, text in queries("alerts.detectors").items()}
ODD_MEMORY = (*ODD, OSError, EOFError)


class Learned:
    """Saved whenever a block of good time has ended, in the transaction of the round."""

    def __init__(self, conn: psycopg.Connection[TupleRow], faults: Faults) -> None:
        self.conn, self.faults = conn, faults

    def take_in(self, detectors: Sequence[MachineAnomalies]) -> None:
        """Into new detectors; what was kept of a rule that now watches something else is left alone."""
        made = {(one.rule.id, one.machine): one for one in detectors}
        asked = {"rules": [rule for rule, _ in made], "machines": [machine for _, machine in made]}
        self.conn.execute(SQL["forget"], asked)
        for rule, machine, watches, until_us, memory in self.conn.execute(SQL["learned"]):
            one = made[rule, machine]
            if memory and watches == one.watches:
                try:
                    one.take_in(bytes(memory), until_us)
                except ODD_MEMORY as err:
                    self.faults.add(f"what rule {rule} has learned of {machine}", err)

    def save(self, detectors: Sequence[MachineAnomalies]) -> None:
        """Those that have learned something since."""
        for one in detectors:
            if one.changed:
                self.conn.execute(SQL["save"], _row(one))
                one.changed = False


def _row(one: MachineAnomalies) -> dict[str, object]:
    budget = one.made.budget
    return {
        "rule": one.rule.id,
        "machine": one.machine,
        "watches": one.watches,
        "until_us": one.saved_us,
        "memory": one.to_bytes() if one.saved_us else None,
        "learned_us": one.made.learned_us,
        "learns_us": budget.learns_us,
        "ready": one.made.ready,
        "tags": Jsonb(one.told()),
    }
