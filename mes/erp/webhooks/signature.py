"""The headers of a webhook by Standard Webhooks: id, time, and a signature by each secret in force. Pure."""

import base64
import hmac
from collections.abc import Sequence
from uuid import UUID

PREFIX = "whsec_"
SECRET_BYTES = 32


def secret_text(secret: bytes) -> str:
    """A secret as its receiver is given it, once."""
    return PREFIX + base64.b64encode(secret).decode()


def signed_headers(event: UUID, at_s: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """What the receiver checks; a repetition has the same id, and the time at which it was sent."""
    signed = f"{event}.{at_s}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets)
    return {
        "webhook-id": str(event),
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }
