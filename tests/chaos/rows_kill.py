"""Rows: kill -9 of each process at random moments and at named points."""

from functools import partial

from tests.chaos.auditor import Verdict
from tests.chaos.stage import Row, Stage
from tests.support.size import sized

ROUNDS = sized(3)


def kill_edge(stage: Stage) -> Verdict:
    """kill -9 of the edge agent, also while it starts for the first time."""
    with stage.shop() as shop:
        shop.start_all(wait=False)
        for _ in range(ROUNDS):
            shop.moment(3)
            shop.kill("edge")
            shop.moment(0.5)
            shop.start("edge")
        return shop.settle()


def kill_collector(stage: Stage) -> Verdict:
    """kill -9 of the collector."""
    with stage.shop() as shop:
        shop.start_all()
        for _ in range(ROUNDS):
            shop.moment(3)
            shop.kill("collector")
            shop.moment(0.5)
            shop.start("collector")
        return shop.settle()


def kill_broker(stage: Stage) -> Verdict:
    """kill -9 of the broker; what it had saved is deleted."""
    with stage.shop() as shop:
        shop.start_all()
        for _ in range(ROUNDS):
            shop.moment(3)
            shop.broker.kill(forget=True)
            shop.moment(1)
            shop.broker.start()
        return shop.settle()


def failpoint(stage: Stage, service: str, points: tuple[str, ...]) -> Verdict:
    """A service that kills itself at a point, some times; then it runs undisturbed."""
    with stage.shop() as shop:
        shop.start_all()
        for _ in range(ROUNDS):
            shop.kill(service)
            point, number = stage.chance.choice(points), stage.chance.randint(1, 30)
            shop.start(service, ("tests/chaos/failpoint.py", point, str(number)))
            assert shop.ended(service) == -9, f"did not die at {point} {number}"
            shop.start(service)
            shop.moment(1.5)
        return shop.settle()


ROWS: dict[str, Row] = {
    "kill-edge": kill_edge,
    "kill-collector": kill_collector,
    "kill-broker": kill_broker,
    "after-journal": partial(failpoint, service="edge", points=("journal",)),
    "after-publish": partial(failpoint, service="edge", points=("publish", "published")),
    "before-forgetting": partial(failpoint, service="edge", points=("forget",)),
    "commit-to-ack": partial(failpoint, service="collector", points=("commit",)),
}
