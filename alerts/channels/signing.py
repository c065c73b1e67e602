"""How providers want to know that a message comes from us: three formulas, each unlike the others. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote_plus

# A key by Standard Webhooks begins so, and is base64.
STANDARD_PREFIX = "whsec_"


def _digest(key: bytes, said: bytes) -> str:
    return base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def dingtalk_query(secret: str, at_ms: int) -> str:
    """What DingTalk wants behind its address: the key is the secret, it signs the time and the secret."""
    sign = _digest(secret.encode(), f"{at_ms}\n{secret}".encode())
    return f"timestamp={at_ms}&sign={quote_plus(sign)}"


def feishu_fields(secret: str, at_s: int) -> Mapping[str, str]:
    """What Feishu wants in the document: the key is the time and the secret, it signs nothing."""
    return {"timestamp": str(at_s), "sign": _digest(f"{at_s}\n{secret}".encode(), b"")}


def standard_key(secret: str) -> bytes:
    """The key of a secret by Standard Webhooks, or ValueError."""
    return base64.b64decode(secret.removeprefix(STANDARD_PREFIX), validate=True)


def standard_headers(secret: str, id_: str, at_s: int, content: bytes) -> Mapping[str, str]:
    """The three headers of Standard Webhooks."""
    signed = f"{id_}.{at_s}.".encode() + content
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{_digest(standard_key(secret), signed)}",
    }
