"""Bytes of a text file, however a spreadsheet saved them → text. Pure."""

BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
UNKNOWN = (
    "is neither UTF-8, UTF-16 nor GB 18030 (Chinese Windows), and in another encoding ° or ü cannot be told from "
    "Chinese: save it as UTF-8, which Excel calls 'CSV UTF-8'"
)
# Of the Chinese characters in a real text so many are common ones: those of GB 2312, and most of its first level.
COMMON, FIRST_LEVEL = 0.9, 0.5


class UnknownEncoding(ValueError):
    """The text has the cure."""


def text_of(content: bytes) -> str:
    """The text; UnknownEncoding where it would be a guess."""
    for mark, encoding in BOMS.items():
        if content.startswith(mark):
            return _decoded(content, encoding)
    encoding = _wide(content)
    if encoding:
        return _decoded(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _chinese(content)


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as err:
        raise UnknownEncoding(
            f"begins as {encoding.upper()} and is none from byte {err.start} on: save it again"
        ) from err


def _wide(content: bytes) -> str:
    """UTF-16 without its mark: a table begins with Latin letters, of which each has a zero beside it."""
    start = content[:64]
    if len(start) < 4 or b"\0" not in start:
        return ""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    return "utf-16-be" if even > odd else "utf-16-le"


def _chinese(content: bytes) -> str:
    """A text in GB 18030, if its characters are such as Chinese people write."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError as err:
        raise UnknownEncoding(UNKNOWN) from err
    foreign = [character for character in text if not character.isascii()]
    common = [code for code in map(_gb2312, foreign) if code]
    first = [code for code in common if code[0] < 0xD8]
    if len(common) < COMMON * len(foreign) or len(first) < FIRST_LEVEL * len(common):
        raise UnknownEncoding(UNKNOWN)
    return text


def _gb2312(character: str) -> bytes:
    """Its two bytes in GB 2312, or none; the first level of Chinese characters, and all signs, begin below D8."""
    try:
        return character.encode("gb2312")
    except UnicodeEncodeError:
        return b""
