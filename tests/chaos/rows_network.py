"""Rows: partitions and half-open connections on each link, through a proxy."""

from functools import partial
from urllib.parse import urlsplit, urlunsplit

from tests.chaos.auditor import Verdict
from tests.chaos.proxy import Proxy
from tests.chaos.shop import Shop
from tests.chaos.stage import Row, Stage
from tests.support.size import sized

LINKS = ("edge-broker", "collector-broker", "collector-database")
ROUNDS = sized(3)


def partition(stage: Stage, link: str) -> Verdict:
    """The link stalls or is cut for seconds, some times; then it is whole again."""
    with stage.shop() as shop:
        proxy = between(shop, stage, link)
        try:
            shop.start_all()
            for _ in range(ROUNDS):
                shop.moment(2)
                stage.chance.choice((proxy.stall, proxy.cut))()
                shop.moment(6)
                proxy.heal()
            return shop.settle()
        finally:
            proxy.close()


def half_open(stage: Stage, link: str) -> Verdict:
    """All connections of the link die and nobody is told; new ones work."""
    with stage.shop() as shop:
        proxy = between(shop, stage, link)
        try:
            shop.start_all()
            shop.moment(2)
            assert proxy.kill_links() > 0
            shop.moment(10)
            return shop.settle(HALF_OPEN_S)
        finally:
            proxy.close()


def between(shop: Shop, stage: Stage, link: str) -> Proxy:
    """A proxy on a link of a shop that has not yet started."""
    service, target = link.split("-")
    if target == "broker":
        proxy = Proxy(stage.ground.port(), shop.broker.port)
        shop.broker_urls[service] = f"mqtt://127.0.0.1:{proxy.port}"
        return proxy
    parts = urlsplit(shop.database)
    proxy = Proxy(stage.ground.port(), parts.port or 5432)
    place = parts.netloc.rpartition("@")[0] + f"@127.0.0.1:{proxy.port}"
    shop.collector_database = urlunsplit(parts._replace(netloc=place))
    return proxy


# Longer than anybody may take to notice.
HALF_OPEN_S = 120
ROWS: dict[str, Row] = {f"half-open-{link}": partial(half_open, link=link) for link in reversed(LINKS)} | {
    f"partition-{link}": partial(partition, link=link) for link in LINKS
}
