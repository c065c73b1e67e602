"""Rows: a PLC that loses its power and forgets its counter, and a counter that begins again at 0."""

from tests.chaos.auditor import Verdict
from tests.chaos.stage import Row, Stage
from tests.support.size import sized

ROUNDS = sized(3)
WORD = 65_536
ENOUGH = 50


def plc_reboot(stage: Stage) -> Verdict:
    """A PLC is away for a while and counts from 0 again; what it made unread before that is known to nobody."""
    with stage.shop() as shop:
        shop.start_all()
        for _ in range(ROUNDS):
            plc = stage.chance.choice(shop.plcs)
            shop.moment(2)
            # Fewer, and a counter that begins again may be back where it was before anybody has read it.
            shop.until("more parts than are made unread", lambda plc=plc: plc.total > ENOUGH)
            plc.make(stage.chance.randint(0, 5))
            plc.stop()
            if stage.chance.random() < 0.8:
                plc.reset()
            plc.make(stage.chance.randint(0, 5))
            shop.moment(2)
            if stage.chance.random() < 0.3:
                shop.kill("edge")
                shop.start("edge")
            plc.start()
        shop.moment(2, least=1)
        return shop.settle()


def counter_wrap(stage: Stage) -> Verdict:
    """Counters of 16 bits go from 65535 to 0, also while the agent is killed."""
    with stage.shop(wraps_at=WORD) as shop:
        for plc in shop.plcs:
            plc.total = WORD - stage.chance.randint(100, 250)
        shop.start_all()
        shop.moment(3)
        shop.kill("edge")
        shop.moment(1)
        shop.start("edge")
        shop.until("both counters to have begun again", lambda: all(p.total < WORD // 2 for p in shop.plcs))
        shop.moment(1)
        return shop.settle()


ROWS: dict[str, Row] = {"plc-reboot": plc_reboot, "counter-wrap": counter_wrap}
