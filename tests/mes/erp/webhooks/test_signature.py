"""Whoever verifies by the reference library of Standard Webhooks takes what we sign, and nothing else."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from mes.erp.webhooks.signature import secret_text, signed_headers

EVENT = UUID("0199aaaa-0000-7000-8000-000000000001")
OLD, NEW = b"o" * 32, b"n" * 32
BODY = '{"type":"order.changed","data":{"name":"李伟"}}'.encode()


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_while_a_secret_changes_both_verify(secret: bytes) -> None:
    headers = signed_headers(EVENT, int(time.time()), BODY, [NEW, OLD])

    assert Webhook(secret_text(secret)).verify(BODY, headers)
    assert headers["webhook-id"] == str(EVENT)


@pytest.mark.parametrize("page", ["feed.md", "feed.zh.md"])
def test_the_docs_verify_what_we_sign(page: str) -> None:
    text = (Path(__file__).parents[4] / "docs" / page).read_text(encoding="utf-8")
    shown: dict[str, Any] = {}
    exec(text.partition("```python\n")[2].partition("```")[0], shown)
    now = int(time.time())
    headers = signed_headers(EVENT, now, BODY, [NEW, OLD])

    assert shown["genuine"](secret_text(OLD), headers, BODY)
    assert not shown["genuine"](secret_text(b"x" * 32), headers, BODY)
    assert not shown["genuine"](secret_text(OLD), headers, BODY + b" ")
    assert not shown["genuine"](secret_text(OLD), signed_headers(EVENT, now - 600, BODY, [OLD]), BODY)


@pytest.mark.parametrize("secret", [b"x" * 32])
def test_another_secret_and_another_body_do_not(secret: bytes) -> None:
    headers = signed_headers(EVENT, int(time.time()), BODY, [NEW])

    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(secret)).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(NEW)).verify(BODY + b" ", headers)
