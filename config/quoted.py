"""A value as its file has it, for a sentence that people read. Pure."""

LONGEST = 60


def quoted(value: object) -> str:
    """Texts in quotes and cut, numbers as they are, true and false; mappings and lists by their kind only."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(_cut(value))
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
