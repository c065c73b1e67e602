"""Two clients at once ask whatever they like of operations that share a machine: the rules hold after each pair."""

import asyncio
from itertools import count, pairwise
from typing import Any

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from config.plant import Plant
from mes.orders.operation_states import NEW, Command, Condition, after
from mes.orders.store import act
from mes.orders.store_operations import Refused, locked, log_of, operations_of
from mes.orders.transition_log import Entry, condition_of, effective, runs_of
from mes.orders.wish import OrderWish
from mes.web.access.author import Author
from tests.mes.house import DUE_LATER, PLANT, START
from tests.mes.orders.people import ordered
from tests.support.size import sized

NUMBERS = count(1)
ASKED = st.tuples(st.integers(0, 2), st.sampled_from([c for c in Command if c is not Command.UNDO]), st.booleans())


async def opened(database: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(database, autocommit=True, options="-c timezone=UTC")


class Clients(RuleBasedStateMachine):
    """Three operations, two of them at one machine; `conns` are the two clients'."""

    database = ""
    plant: Plant = PLANT

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.at_us = START
        self.names = [f"o-{next(NUMBERS)}" for _ in range(3)]
        self.conns = [self.runner.run(opened(self.database)) for _ in range(2)]
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        self.ids = []
        for name, machine in zip(self.names, ("press-1", "press-1", "press-2"), strict=True):
            order = OrderWish(id=name, product="bracket-a", quantity="9", due_at=DUE_LATER, machine=machine)
            assert await ordered(self.conns[0], order) is None
            self.ids.append((await operations_of(self.conns[0], name))[0].id)

    async def _ask(self, client: int, asked: tuple[int, Command, bool]) -> bool:
        number, command, suspend = asked
        conn = self.conns[client]
        try:
            async with conn.transaction():
                found = await locked(conn, self.plant, self.ids[number])
                assert found is not None
                author = Author(None, f"client {client}")
                await act(conn, self.plant, *found, command, self.at_us, author, "asked", suspend=suspend)
        except Refused:
            return False
        return True

    async def _both(self, first: tuple[int, Command, bool], second: tuple[int, Command, bool]) -> list[bool]:
        return list(await asyncio.gather(self._ask(0, first), self._ask(1, second)))

    @rule(first=ASKED, second=ASKED)
    def two_ask_at_once(self, first: tuple[int, Command, bool], second: tuple[int, Command, bool]) -> None:
        """As many entries are new as were carried out."""
        self.at_us += 1_000_000
        before = sum(len(log) for log in self._logs())
        done = self.runner.run(self._both(first, second))

        assert sum(len(log) for log in self._logs()) == before + sum(done)

    def _logs(self) -> list[list[Entry]]:
        async def read() -> list[list[Entry]]:
            return [await log_of(self.conns[0], id_) for id_ in self.ids]

        return self.runner.run(read())

    def _rows(self, query: str) -> list[Any]:
        async def read() -> list[Any]:
            return await (await self.conns[0].execute(query.encode(), (self.ids,))).fetchall()

        return self.runner.run(read())

    @invariant()
    def each_entry_was_allowed(self) -> None:
        """By the table of transitions, one after the other."""
        for log in self._logs():
            now = NEW
            for entry in effective(log):
                assert entry.to in (after(entry.command, now), after(entry.command, now, suspend=True))
                now = entry.to

    @invariant()
    def an_operation_is_what_its_log_says(self) -> None:
        """State, substate and runs."""
        rows = {
            row[0]: row[1:]
            for row in self._rows("SELECT id, state, substate, hidden FROM operation WHERE id = ANY(%s)")
        }
        for id_, log in zip(self.ids, self._logs(), strict=True):
            state, substate, hidden = rows[id_]
            assert Condition(state, substate, hidden) == condition_of(log)

    @invariant()
    def a_machine_counts_for_one_at_a_time(self) -> None:
        """No two runs of a machine have an instant in common, and they are those of the logs."""
        rows = self._rows(
            "SELECT machine, operation, (extract(epoch FROM from_at) * 1000000)::bigint,"
            " (extract(epoch FROM to_at) * 1000000)::bigint FROM run WHERE operation = ANY(%s) AND NOT gone"
            " ORDER BY machine, from_at"
        )
        for (machine, _, _, end), (following, _, start, _) in pairwise(rows):
            assert machine != following or (end is not None and end <= start)
        told = {(id_, *run) for id_, log in zip(self.ids, self._logs(), strict=True) for run in runs_of(log)}
        assert {row[1:] for row in rows} == told

    def teardown(self) -> None:
        """The machines are free for the next ones."""

        async def end() -> None:
            for number in range(3):
                await self._ask(0, (number, Command.ABORT, False))
            for conn in self.conns:
                await conn.close()

        self.at_us += 1_000_000
        self.runner.run(end())
        self.runner.close()


def test_two_clients_at_once_cannot_break_the_rules(database: str) -> None:
    kind = type("Here", (Clients,), {"database": database})
    examples = sized(120)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        kind,
        settings=settings(
            max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
