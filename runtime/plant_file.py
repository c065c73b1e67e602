"""Which plant file stands on disk: a service that has read another one reads it again."""

import hashlib
from pathlib import Path


def fingerprint(path: Path) -> str:
    """SHA-256 of its bytes; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
