"""An act is on record with whoever did it, in the transaction of the act."""

import psycopg

from mes.feed.store_audit import note
from mes.web.access.author import Author
from tests.mes.house import reading


async def test_an_act_is_on_record_with_its_author_or_not_at_all(database: str) -> None:
    async with reading(database) as conn:
        async with conn.transaction(force_rollback=True):
            await note(conn, Author("Wang", "api"), "release", "order/WO-1", None, {"state": "released"})
        async with conn.transaction():
            await note(conn, Author("李伟", "erp"), "release", "order/WO-1", {"state": "created"}, {"quantity": "7.50"})

    with psycopg.connect(database) as found:
        rows = found.execute("SELECT person, client, action, subject, before, after, position FROM audit_entry")
        assert rows.fetchall() == [
            ("李伟", "erp", "release", "order/WO-1", {"state": "created"}, {"quantity": "7.50"}, None)
        ]
