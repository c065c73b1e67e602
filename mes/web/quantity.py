"""Quantities, numbers of material and units as requests and answers carry them. Types only."""

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from mes.web.bounds import ONE_LINE

DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
LARGEST_QUANTITY = Decimal(10**12)
# What a JSON reader would make of 0.1 is not what was written.
EXACT = 'Give a decimal number as text, such as "12.5": at most 12 digits before the point and 6 after it.'


def _read(given: Any) -> Decimal:
    if isinstance(given, Decimal):
        text = format(given, "f")
    elif isinstance(given, int) and not isinstance(given, bool):
        text = str(given)
    elif isinstance(given, str):
        text = given
    else:
        raise ValueError(EXACT)
    if not DECIMAL.fullmatch(text):
        raise ValueError(EXACT)
    return Decimal(text)


def plain(quantity: Decimal) -> str:
    """The shortest text of a quantity, without an exponent: "12.5", "2000", "0"."""
    text = format(quantity, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _number(text: str) -> str:
    if unicodedata.normalize("NFC", text) != text or text.strip() != text or not text.isprintable():
        raise ValueError("Give 1 to 64 printable characters in Unicode's form NFC, without blanks around them.")
    return text


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "maxLength": 20, "pattern": pattern, "examples": ["12.5"]})


# A signed quantity in a unit that stands beside it; exact.
Quantity = Annotated[
    Decimal,
    BeforeValidator(_read),
    PlainSerializer(plain, return_type=str, when_used="json"),
    _schema(r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"),
]
# A quantity above 0.
Amount = Annotated[
    Decimal,
    Field(gt=0),
    BeforeValidator(_read),
    PlainSerializer(plain, return_type=str, when_used="json"),
    _schema(r"^[0-9]{1,12}(\.[0-9]{1,6})?$"),
]
# The number of a material, lot, serial or external order, as a company has it.
Number = Annotated[str, Field(min_length=1, max_length=64, pattern=ONE_LINE), AfterValidator(_number)]
# A unit of measure by UN/ECE Recommendation 20: C62 is one, H87 a piece, KGM a kilogram.
UnitCode = Annotated[str, Field(max_length=3, pattern=r"^[A-Z0-9]{2,3}$", examples=["H87"])]
