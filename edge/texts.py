"""Texts ↔ numbers while the agent runs, so that a text goes the way of every other reading. Pure."""

from collections.abc import Iterable, Mapping

from contract.sample import MAX_TEXT

# A PLC that shows its clock as a text has a new one each second: those not asked for since longest are forgotten.
MOST_TEXTS = 10_000
CUT = "…"
# What PostgreSQL or JSON cannot hold: a zero character, and halves of characters.
REPLACED = "\ufffd"
UNSPEAKABLE = {0: REPLACED} | dict.fromkeys(range(0xD800, 0xE000), REPLACED)


class Texts:
    """The texts of one device; a number is never given twice, so a number always means the same text."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.texts: dict[int, str] = {}
        self.given = 0

    def number(self, text: str) -> float:
        """The number of a text, as it can be stored."""
        text = storable(text)
        number = self.numbers.pop(text, None)
        if number is None:
            if len(self.numbers) >= MOST_TEXTS:
                del self.texts[self.numbers.pop(next(iter(self.numbers)))]
            self.given += 1
            number = self.given
            self.texts[number] = text
        self.numbers[text] = number
        return float(number)

    def garbled(self, number: float) -> bool:
        """Whether a text that was just given has a character that could not be read or stored."""
        return REPLACED in self.texts.get(int(number), "")

    def of(self, numbers: Iterable[float]) -> Mapping[int, str]:
        """The texts behind some numbers that are being sent; that counts as asking for them."""
        found = {int(number): self.texts[int(number)] for number in numbers}
        for text in found.values():
            self.numbers[text] = self.numbers.pop(text)
        return found


def storable(text: str) -> str:
    """The text without what cannot be stored; one that is too long is cut, and ends in '…'."""
    text = text.translate(UNSPEAKABLE)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT
