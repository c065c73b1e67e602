"""Scrap that people report outdates the sums of its hours, and the sums are then those of the facts, bit for bit."""

import random
from decimal import Decimal

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import from_us
from contract.topics import frame_topic
from mes.keeper.store import Keeper
from mes.keeper.store_sums import HourKeeper
from mes.kpi.long_windows import HOUR_US
from mes.orders.quantities.booked import QuantityKind
from mes.orders.quantities.models import QuantityBody
from mes.orders.quantities.store import report
from mes.orders.wish import OrderWish
from runtime.database import connect
from tests.mes.house import reading
from tests.mes.keeper.test_store import absorb
from tests.mes.losses.test_routes_edits import SMALL
from tests.mes.orders.people import PERSON, ordered, started
from tests.mes.screens.lines import MINUTE
from tests.support.frames import frame_of
from tests.support.sums import START, computed, samples, summed
from tests.times import later

EVERYTHING = (START - 2 * HOUR_US + MINUTE, START + 40 * HOUR_US - MINUTE)


async def test_sums_follow_reported_scrap_bit_for_bit(database: str) -> None:
    dice = random.Random(5)
    writer, keeper = Writer(database, "works", now=later), Keeper(connect(database, "mes"), SMALL)
    frame = frame_of("edge-1", 1, 1, samples(dice, "press-1"))
    writer.write([Message(frame_topic("works", "edge-1"), encode(frame))])
    absorb(keeper)
    hours = HourKeeper(SMALL)
    async with reading(database) as conn:
        await conn.execute("INSERT INTO reason (id, kind, name_en, name_zh) VALUES ('burr', 'scrap', 'Burr', '毛刺')")
        while await hours.make_some(conn):
            pass
        stood = await summed(conn, SMALL, "works", EVERYTHING)
        wish = OrderWish(
            id="WO-1", product="bracket-a", quantity=Decimal(90_000), due_at=from_us(START), machine="press-1"
        )
        assert await ordered(conn, wish) is None
        assert await started(conn, SMALL, "WO-1", START + 5 * HOUR_US) is None
        [(operation,)] = await (await conn.execute("SELECT id FROM operation")).fetchall()
        for hour in (6, 9, 20):
            body = QuantityBody(
                operation=operation,
                kind=QuantityKind.SCRAP,
                quantity=Decimal(dice.randint(100, 3000)),
                reason="burr",
                made_at=from_us(START + hour * HOUR_US),
            )
            await report(conn, body, PERSON)
        absorb(keeper)
        at_once, facts = [await of(conn, SMALL, "works", EVERYTHING) for of in (summed, computed)]
        hours.missing(keeper.gone_hours)
        while await hours.make_some(conn):
            pass

        assert at_once == facts == await summed(conn, SMALL, "works", EVERYTHING)
        assert facts.scrap > stood.scrap
        assert facts.total == stood.total
        assert facts.ideal_good < stood.ideal_good
