"""What a row gets: the ground, a folder, the chance of its seed; and what it gives back."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.auditor import Verdict
from tests.chaos.ground import Ground
from tests.chaos.shop import Shop


class Unfit(Exception):
    """This machine cannot do the row; the text says why."""


@dataclass(frozen=True)
class Stage:
    """One row with one seed: every choice comes from `chance`."""

    ground: Ground
    folder: Path
    chance: random.Random

    @contextmanager
    def shop(self, database: str | None = None, wraps_at: int = 2**32) -> Iterator[Shop]:
        """A plant, not yet started, on a database of its own; ended on leaving."""
        with ExitStack() as stack:
            url = database or stack.enter_context(self.ground.database())
            shop = Shop(self.folder, self.ground, self.chance, url, wraps_at)
            stack.callback(shop.close)
            yield shop


Row = Callable[[Stage], Verdict]
