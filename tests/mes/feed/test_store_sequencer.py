"""Positions are dense, given to what is committed only, and never followed by a lower one that comes later."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from psycopg import sql

from mes.feed.store_audit import note
from mes.feed.store_events import read_events, read_feed
from mes.feed.store_outbox import tell
from mes.feed.store_sequencer import (
    KEPT,
    begin,
    begin_epoch,
    check_seals,
    forget_events,
    number_events,
    seal_entries,
    waiting,
)
from mes.web.access.author import Author
from runtime.database import connect
from runtime.lending import Connection
from tests.mes.house import reading
from tests.support.program import finished


async def told(conn: Connection, *subjects: str) -> None:
    for subject in subjects:
        await tell(conn, "order.changed", subject, {"order": subject})


async def test_what_commits_later_comes_later_though_it_was_written_earlier(database: str) -> None:
    async with reading(database) as slow, reading(database) as fast, reading(database) as sequencer:
        async with slow.transaction():
            await told(slow, "order/slow")
            await told(fast, "order/fast")
            await number_events(sequencer)
        await number_events(sequencer)

        page = await read_events(sequencer, None)

    assert [(event.position, event.subject) for event in page.events] == [(1, "order/fast"), (2, "order/slow")]


async def test_what_was_rolled_back_leaves_no_gap(database: str) -> None:
    async with reading(database) as conn:
        await told(conn, "order/1")
        async with conn.transaction(force_rollback=True):
            await told(conn, "order/2")
        await told(conn, "order/3")
        await number_events(conn)

        page = await read_events(conn, None)

    assert [(event.position, event.subject) for event in page.events] == [(1, "order/1"), (2, "order/3")]
    assert page.scanned_to == page.feed.position == 2


async def test_two_that_number_at_once_give_each_position_once(database: str) -> None:
    """As when a keeper is killed and its server has not noticed yet."""
    async with reading(database) as one, reading(database) as two, reading(database) as writer:
        for _ in range(20):
            await told(writer, *(f"order/{n}" for n in range(10)))
            await asyncio.gather(number_events(one), number_events(two))

        page = await read_events(one, None)

    assert [event.position for event in page.events] == list(range(1, 201))


async def test_positions_of_a_database_that_was_restored_are_another_epochs(database: str) -> None:
    async with reading(database) as conn:
        first = (await read_feed(conn)).epoch

        assert await begin(conn) is None
        assert await begin(conn) is None
        assert (await read_feed(conn)).epoch == first
        # As of a copy on another server, or of a standby that took over.
        await conn.execute("UPDATE feed SET origin = '7000/00000001/1'")
        restored = await begin(conn)

        assert isinstance(restored, UUID)
        assert (await read_feed(conn)).epoch == restored != first
        assert await begin(conn) is None


async def test_a_person_can_say_that_it_was_restored(database: str) -> None:
    with connect(database, "mes") as conn:
        said = begin_epoch(conn)
    async with reading(database) as reader:
        assert (await read_feed(reader)).epoch == said


async def test_a_role_that_may_do_little_is_enough(database: str) -> None:
    """Some providers keep the identifier of the server to themselves."""
    role = f"lowly_{database[-8:]}"
    async with reading(database) as conn:
        await conn.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        await conn.execute(sql.SQL("GRANT ALL ON feed TO {}").format(sql.Identifier(role)))
        await conn.execute(
            sql.SQL("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC, {}").format(sql.Identifier(role))
        )
        await conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))

        assert await begin(conn) is None
        row = await (await conn.execute("SELECT origin FROM feed")).fetchone()
        await conn.execute("RESET ROLE")
        for drop in ("DROP OWNED BY {}", "DROP ROLE {}"):
            await conn.execute(sql.SQL(drop).format(sql.Identifier(role)))

    assert row is not None
    assert row[0].startswith("?/00000001/")


async def test_events_are_kept_90_days_and_the_feed_knows_up_to_where(database: str) -> None:
    now = datetime.now(UTC)
    async with reading(database) as conn:
        for subject, age in (("old", KEPT + timedelta(hours=1)), ("young", timedelta()), ("late", KEPT * 2)):
            await told(conn, subject)
            await conn.execute("UPDATE outbox_event SET at = %s WHERE subject = %s", (now - age, subject))
        await number_events(conn)
        await told(conn, "waits")
        with connect(database, "mes") as tidy:
            forget_events(tidy, now)
            forget_events(tidy, now)
        page = await read_events(conn, None)

        assert [event.subject for event in page.events] == ["young", "late"]
        assert (page.feed.dropped, page.feed.position) == (1, 3)

        with connect(database, "mes") as tidy:
            forget_events(tidy, now + 2 * KEPT)
        await number_events(conn)
        page = await read_events(conn, None)

    assert (page.feed.dropped, page.feed.position) == (3, 4)
    assert [event.subject for event in page.events] == ["waits"]


async def test_entries_are_sealed_in_their_order_and_a_row_that_was_touched_is_found(database: str) -> None:
    async with reading(database) as conn:
        for number in range(5):
            await note(conn, Author("李伟", "api"), "release", f"order/{number}", {"n": 1.50}, None)
        assert await waiting(conn) == (False, True)
        await seal_entries(conn, None)
        await note(conn, Author(None, "erp"), "close", "order/1", None, {})
        await seal_entries(conn, None)
        assert await waiting(conn) == (False, False)
    with connect(database, "mes") as check:
        assert check_seals(check, None) == (6, None)
        assert check_seals(check, b"another key of the environment..") == (6, 1)

        check.execute("UPDATE audit_entry SET person = 'nobody' WHERE position = 4")
        assert check_seals(check, None) == (6, 4)
        check.execute("DELETE FROM audit_entry WHERE position <= 2")
        assert check_seals(check, None) == (4, 1)


async def test_a_filtered_page_says_how_far_it_has_looked(database: str) -> None:
    async with reading(database) as conn:
        await told(conn, *(f"order/{n % 3}" for n in range(30)))
        await number_events(conn)

        page = await read_events(conn, 3, ["order.changed"], "order/0", limit=2)
        rest = await read_events(conn, page.scanned_to, [], "order/0", limit=100)
        none = await read_events(conn, None, ["day.closed"], None)

    assert [event.position for event in page.events] == [4, 7]
    assert page.scanned_to == 7
    assert [event.position for event in rest.events] == list(range(10, 31, 3))
    assert (none.events, none.scanned_to) == ([], 30)


@pytest.mark.parametrize("held", [True, False])
async def test_a_reader_waits_for_nobody_who_writes(database: str, held: bool) -> None:
    async with reading(database) as writer, reading(database) as reader:
        await told(writer, "order/1")
        await number_events(writer)
        async with writer.transaction():
            await told(writer, "order/1")
            if held:
                await writer.execute("SELECT FROM feed FOR UPDATE")
            page = await asyncio.wait_for(read_events(reader, None), 5)

    assert len(page.events) == 1


async def test_commands_check_the_seals_and_tell_of_a_restore(database: str) -> None:
    variables = {"SHOPFLOOR_DATABASE": database}
    async with reading(database) as conn:
        await note(conn, Author("李伟", "api"), "release", "order/1", None, None)
        await seal_entries(conn, None)
        before = (await read_feed(conn)).epoch
        right = await asyncio.to_thread(finished, ["audit-entries"], variables)
        await conn.execute("UPDATE audit_entry SET action = 'close'")
        wrong = await asyncio.to_thread(finished, ["audit-entries"], variables)
        restored = await asyncio.to_thread(finished, ["new-epoch"], variables)
        epoch = (await read_feed(conn)).epoch

    assert (right.returncode, right.stdout[:2]) == (0, "1 ")
    assert (wrong.returncode, "entry 1" in wrong.stdout) == (1, True)
    assert (restored.returncode, str(epoch) in restored.stdout, epoch != before) == (0, True, True)
