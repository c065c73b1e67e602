"""What release copies of a product's version into an operation, and its hash. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mes.web.quantity import plain


def method_of(
    product: str,
    version: Mapping[str, str] | None,
    times: Mapping[str, int | str | None],
    units_per_count: Decimal,
    count_source: str,
    documents: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """The method; `version` None where the product has none in force, times None where nothing was said."""
    return {
        "product": product,
        "product_version": None if version is None else dict(version),
        **times,
        "units_per_count": plain(units_per_count),
        "count_source": count_source,
        "documents": [dict(one) for one in documents],
    }


def canonical(method: Mapping[str, Any]) -> str:
    """The one text of a method: keys in their order, no blanks, every character as it is."""
    return json.dumps(method, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def method_hash(method: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical text in UTF-8, in hexadecimal."""
    return hashlib.sha256(canonical(method).encode()).hexdigest()
