"""How a data logger wrote its file: encoding, separator and the places of its columns."""

import csv
from dataclasses import dataclass
from typing import IO

from config.tables.separators import said_separator, separator_of

COLUMNS = ("at_us", "machine", "tag", "raw")


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written: what ends its lines, what separates cells, and where the four columns are."""

    encoding: str
    separator: str
    places: tuple[int, ...]
    width: int

    def cells(self, line: bytes) -> list[str]:
        """The four cells of a line; ValueError when it has not as many cells as the first one."""
        cells = _cells(_text(line, self.encoding), self.separator)
        if len(cells) < self.width or any(cells[self.width :]):
            raise ValueError(f"{len(cells)} cells instead of {self.width}")
        return [cells[place] for place in self.places]

    def is_whole(self, line: bytes) -> bool:
        """False for a line that was torn, and at the end of the file."""
        end = "\n".encode(self.encoding or "ascii")
        return line.endswith(end) and len(line) % len(end) == 0

    def number(self, cell: str) -> float:
        """As its country writes it: where ';' separates cells, a comma stands before the tenths."""
        return float(cell.replace(",", ".") if self.separator != "," else cell)


def form_of(file: IO[bytes]) -> Form | None:
    """The form that the first line tells; it is read. None when it does not name the four columns."""
    mark = file.read(2)
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(mark, "")
    if not encoding:
        encoding = "utf-16-le" if mark[1:] == b"\0" else "utf-16-be" if mark[:1] == b"\0" else ""
        file.seek(0)
    first = _text(line_of(file, encoding), encoding).lstrip("\ufeff")
    said = said_separator(first)
    if said:
        first = _text(line_of(file, encoding), encoding)
    separator = said or separator_of(first)
    names = [name.lower() for name in _cells(first, separator)]
    while names and not names[-1]:
        names.pop()
    if sorted(names) != sorted(COLUMNS):
        return None
    return Form(encoding, separator, tuple(names.index(name) for name in COLUMNS), len(names))


def line_of(file: IO[bytes], encoding: str) -> bytes:
    """The next line with its end; without it where the file ends or the line was torn."""
    line = file.readline()
    if not encoding:
        return line
    # A line ends with two bytes, and each of them also occurs within other characters.
    end = "\n".encode(encoding)
    while line:
        line += file.read(len(line) % 2)
        if line.endswith(end) and len(line) % 2 == 0:
            break
        more = file.readline()
        if not more:
            break
        line += more
    return line


def _text(line: bytes, encoding: str) -> str:
    """A line as a text; what Chinese Windows writes too. UnicodeDecodeError is a ValueError."""
    if encoding:
        return line.decode(encoding)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("gb18030")


def _cells(line: str, separator: str) -> list[str]:
    """Without blanks around them."""
    cells = next(csv.reader([line], delimiter=separator), []) if '"' in line else line.split(separator)
    return [cell.strip() for cell in cells]
