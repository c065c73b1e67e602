"""How many wrong keys one source may give. Pure: the time is an argument."""

from collections import deque
from ipaddress import IPv6Address, ip_address

MOST_WRONG = 10
WITHIN_S = 60.0
MOST_SOURCES = 4096


class Throttle:
    """The wrong keys of the last minute by source; of very many sources the oldest are let go."""

    def __init__(self) -> None:
        self._wrong: dict[str, deque[float]] = {}

    def wait_s(self, source: str, now_s: float) -> float:
        """How long this source has to wait until it may try again; 0 when it may try now."""
        wrong = self._wrong.get(source, deque())
        while wrong and wrong[0] <= now_s - WITHIN_S:
            wrong.popleft()
        return wrong[0] + WITHIN_S - now_s if len(wrong) >= MOST_WRONG else 0.0

    def wrong(self, source: str, now_s: float) -> bool:
        """Count a wrong key; True when from now on the source has to wait and had not before."""
        free = not self.wait_s(source, now_s)
        wrong = self._wrong.pop(source, deque())
        wrong.append(now_s)
        self._wrong[source] = wrong
        while len(wrong) > MOST_WRONG:
            wrong.popleft()
        while len(self._wrong) > MOST_SOURCES:
            del self._wrong[next(iter(self._wrong))]
        return free and len(wrong) >= MOST_WRONG


def source_of(host: str | None) -> str:
    """Who is counted as one: an address, of IPv6 its network of 64 bits, which one machine can fill with addresses."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return host or "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
