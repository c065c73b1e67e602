"""Ports for tests."""

import random
from collections.abc import Callable
from itertools import cycle, islice

from laptop.ports import is_free

# Below the ports that the system gives to outgoing connections, so that none of these takes one of ours.
PORTS = range(20_000, 32_000)
WORKERS = 16


def ports(worker: int = 0) -> Callable[[], int]:
    """Gives ports that are free; none twice before all have had their turn. No worker gives those of another."""
    mine = [port for port in PORTS if port % WORKERS == worker % WORKERS]
    random.shuffle(mine)
    turn = cycle(mine)

    def give() -> int:
        for port in islice(turn, len(mine)):
            if is_free(port):
                return port
        raise RuntimeError(f"none of {len(mine)} ports from {PORTS.start} on is free: end what holds them")

    return give
