"""A text that is too long for a provider → numbered parts, none of which ends within a character. Pure."""

from collections.abc import Sequence

MOST_PARTS = 5
# "(1/5)" and a line break.
NUMBER = 8
BREAK_WITHIN = 0.3


def parts_of(text: str, most: int, link: str = "") -> Sequence[str]:
    """The text itself where it has at most so many bytes of UTF-8; else parts that begin with their number.

    What does not stand in five parts is left out: the last part ends with an ellipsis and the link.
    """
    if len(text.encode()) <= most:
        return [text]
    room, rest, pieces = most - NUMBER, text.strip(), list[str]()
    while rest and len(pieces) < MOST_PARTS:
        piece = _begin(rest, room)
        pieces.append(piece)
        rest = rest[len(piece) :].lstrip("\n")
    if rest:
        end = f"…\n{link}" if link else "…"
        pieces[-1] = _begin(pieces[-1], room - len(end.encode())) + end
    return [f"({n}/{len(pieces)})\n{piece}" for n, piece in enumerate(pieces, 1)]


def _begin(text: str, most: int) -> str:
    """The longest begin of so many bytes; at the end of a line where that costs little."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    begin = encoded[: max(1, most)].decode(errors="ignore") or text[0]
    line_end = begin.rfind("\n")
    return begin[:line_end] if line_end > len(begin) * (1 - BREAK_WITHIN) else begin
