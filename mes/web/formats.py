"""Numbers and times as a language writes them, at one moment, in the site's zone. Pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from contract.sample import from_us
from mes.web.words import Language, brief, duration, words


@dataclass(frozen=True, slots=True)
class Formats:
    """Number and time formats of one language at one moment, in the site's zone."""

    language: Language
    zone: ZoneInfo
    now_us: int

    def clock(self, at_us: int) -> str:
        """13:05, by the clock on the site's wall."""
        return f"{self._local(at_us):%H:%M}"

    def clock_s(self, at_us: int) -> str:
        """13:05:07."""
        return f"{self._local(at_us):%H:%M:%S}"

    def moment(self, at_us: int) -> str:
        """13:05 today, otherwise 24.11. 13:05 or 11-24 13:05: day and time."""
        there, now = self._local(at_us), self._local(self.now_us)
        if there.date() == now.date():
            return f"{there:%H:%M}"
        return f"{there:%m-%d %H:%M}"

    def moment_s(self, at_us: int) -> str:
        """13:05:07 today, otherwise with the day."""
        there, now = self._local(at_us), self._local(self.now_us)
        return f"{there:%H:%M:%S}" if there.date() == now.date() else f"{there:%m-%d %H:%M:%S}"

    def exact(self, at_us: int) -> str:
        """13:05:07.123456."""
        return f"{self._local(at_us):%H:%M:%S.%f}"

    def aged(self, pattern: str, at_us: int) -> Markup:
        """'{0} ago' with an age that the browser counts on."""
        seconds = max(0.0, (self.now_us - at_us) / 1e6)
        text = duration(seconds, words(self.language))
        age = Markup('<span data-age="{}">{}</span>').format(f"{seconds:.3f}", text)
        return Markup(pattern).format(age)  # noqa: S704  - the pattern is a word of ours, its value is escaped

    def aged_briefly(self, pattern: str, at_us: int) -> Markup:
        """As `aged`, in one unit or two without the last one's name: for walls."""
        seconds = max(0.0, (self.now_us - at_us) / 1e6)
        age = Markup('<span data-age="{}">{}</span>').format(f"{seconds:.3f}", brief(seconds, words(self.language)))
        return Markup(pattern).format(age)  # noqa: S704  - the pattern is a word of ours, its value is escaped

    def late(self, seconds: float) -> str:
        """How late, in words."""
        return duration(seconds, words(self.language))

    def _local(self, at_us: int) -> datetime:
        return from_us(at_us).astimezone(self.zone)
