"""Ports for tests."""

import random
from collections.abc import Callable

from laptop.ports import is_free

# Below the ports that the system gives to outgoing connections, so that none of these takes one of ours.
PORTS = range(20_000, 32_000)
WORKERS = 16


def ports(worker: int = 0) -> Callable[[], int]:
    """Gives ports that are free and that it has not given before; no worker gives those of another."""
    mine = [port for port in PORTS if port % WORKERS == worker % WORKERS]
    random.shuffle(mine)
    left = iter(mine)
    return lambda: next(port for port in left if is_free(port))
