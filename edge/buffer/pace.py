"""How fast the backlog may go, so that hours of it take neither the line nor the database from live frames. Pure."""

from dataclasses import dataclass

BURST_S = 0.5


@dataclass
class Pace:
    """A bucket that fills with `bytes_per_s` and holds half a second of it; one frame may overdraw it."""

    bytes_per_s: float
    level: float = 0.0
    filled_at: float = 0.0

    def may_send(self, now: float) -> bool:
        """True when the next frame may go."""
        self.level = min(self.level + (now - self.filled_at) * self.bytes_per_s, self.bytes_per_s * BURST_S)
        self.filled_at = now
        return self.level > 0

    def sent(self, size: int) -> None:
        """A frame of so many bytes has gone."""
        self.level -= size
