"""Tells everybody who waits that facts have changed."""

from runtime.news import News


class Refresh(News):
    """`number` grows with each change of facts; `alive` is False while facts cannot be kept."""

    def __init__(self, alive: bool = False) -> None:
        super().__init__()
        self.alive = alive
        # How many spans of late samples wait, and the machines whose facts cannot be made, with the reason.
        self.late_spans = 0
        self.faulty: dict[str, str] = {}
