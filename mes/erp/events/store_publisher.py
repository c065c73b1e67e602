"""How far MQTT has told the feed."""

from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp")
LOCK = 0x4D515454  # "MQTT": only one publishes, so that no state overtakes a later one


async def published(conn: Connection) -> int:
    """The newest event that the broker has acknowledged with all before it."""
    row = await (await conn.execute(SQL["mqtt_position"].encode())).fetchone()
    assert row is not None  # noqa: S101  - the statement makes the one row
    return int(row[0])


async def move_published(conn: Connection, position: int) -> None:
    """The broker has acknowledged events up to here."""
    await conn.execute(SQL["move_mqtt_position"].encode(), {"position": position})
