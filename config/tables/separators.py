"""What separates the cells of a CSV file. Pure."""

import re

SEPARATORS = ",;\t"
# A first line of its own, which tells Excel; it shows no such row.
SAYS_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def said_separator(line: str) -> str:
    """What a line such as 'sep=;' says, or nothing."""
    found = SAYS_SEPARATOR.fullmatch(line)
    return found[1] if found else ""


def separator_of(header: str) -> str:
    """What is most often between the names of columns."""
    return max(SEPARATORS, key=header.count)
