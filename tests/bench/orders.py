"""Orders in bulk: how long an ERP waits that sends all that it has."""

import time

import httpx

from tests.bench.database import database
from tests.bench.feed import mes
from tests.bench.figure import Figure

ORDERS, A_BATCH = 20_000, 1000
WISH = {"product": "bracket-a", "quantity": "2000", "due_at": "2027-12-01T14:00:00Z", "line": "stamping"}


def orders_20k() -> list[Figure]:
    """Seconds for 20,000 new orders in batches of 1,000, one after the other, and for the same again."""
    seconds = []
    with database() as url, mes(url) as address, httpx.Client(timeout=60) as http:
        for again in (False, True):
            began = time.monotonic()
            for first in range(0, ORDERS, A_BATCH):
                rows = [{"id": f"WO-{number}"} | WISH for number in range(first, first + A_BATCH)]
                answer = http.post(f"{address}/api/v1/bulk/orders", json={"rows": rows}).json()
                assert answer["taken"] == A_BATCH
                assert {row["status"] for row in answer["rows"]} == {200 if again else 201}
            seconds.append(time.monotonic() - began)
    against = f"batches of {A_BATCH}, one after the other; each order with its event and audit entry"
    return [
        Figure("orders_20k", seconds[0], "s", against, "<= 60"),
        Figure("orders_20k_again", seconds[1], "s", "the same orders once more"),
    ]
