"""Each provider checks a signature by its own formula; these are theirs, written once more."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import pytest
from standardwebhooks import Webhook as Verifier

from alerts.channels.signing import dingtalk_query, feishu_fields
from alerts.channels.webhook import WebhookSender
from config.channels import Format, Webhook
from runtime.settings import BadSetting
from tests.alerts.letters import LETTER, STYLE, settings
from tests.alerts.receivers import HttpReceiver

STANDARD = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


def test_dingtalk_signs_time_and_secret_with_the_secret() -> None:
    query = parse_qs(dingtalk_query("SECabc", 1_700_000_000_000))

    signed = hmac.new(b"SECabc", b"1700000000000\nSECabc", hashlib.sha256).digest()
    assert query == {"timestamp": ["1700000000000"], "sign": [base64.b64encode(signed).decode()]}


def test_feishu_signs_nothing_with_time_and_secret() -> None:
    fields = feishu_fields("abc", 1_700_000_000)

    signed = hmac.new(b"1700000000\nabc", b"", hashlib.sha256).digest()
    assert fields == {"timestamp": "1700000000", "sign": base64.b64encode(signed).decode()}


def sender(chat: HttpReceiver, format_: Format, secret: str) -> WebhookSender:
    channel = Webhook(id="chat", kind="webhook", url_env="CHAT", format=format_, secret_env="SECRET")
    return WebhookSender(channel, settings(CHAT=f"http://127.0.0.1:{chat.port}/send?key=k", SECRET=secret), STYLE)


def test_our_own_document_is_signed_by_standard_webhooks(chat: HttpReceiver) -> None:
    sender(chat, Format.JSON, STANDARD).send(LETTER)

    post = chat.posts[0]
    assert Verifier(STANDARD).verify(post.content, dict(post.headers))["alarm"] == 3
    assert post.headers["webhook-id"] == "17"


@pytest.mark.parametrize(
    ("format_", "answer", "find"),
    [
        (Format.DINGTALK, {"errcode": 0}, lambda path, _: parse_qs(path.partition("?")[2])["sign"][0]),
        (Format.FEISHU, {"code": 0}, lambda _, document: document["sign"]),
    ],
)
def test_a_robot_gets_its_signature_with_each_message(
    chat: HttpReceiver,
    format_: Format,
    answer: Mapping[str, object],
    find: Callable[[str, Mapping[str, str]], str],
) -> None:
    chat.answer = answer

    sender(chat, format_, "SECabcdefgh").send(LETTER)

    post = chat.posts[0]
    assert len(base64.b64decode(find(post.path, post.document))) == 32
    assert "SECabcdefgh" not in post.path + json.dumps(post.document)


@pytest.mark.parametrize(
    ("format_", "secret", "complaint"),
    [
        (Format.FEISHU, "", "SECRET is not set"),
        (Format.JSON, "whsec_short", "SECRET is not a secret by Standard Webhooks"),
        (Format.JSON, "no base64 at all", "openssl rand"),
    ],
)
def test_a_secret_that_is_none_is_said_in_one_line(
    chat: HttpReceiver, format_: Format, secret: str, complaint: str
) -> None:
    with pytest.raises(BadSetting, match=complaint):
        sender(chat, format_, secret)


def test_wecom_does_not_sign() -> None:
    with pytest.raises(ValueError, match="WeCom's robots do not sign"):
        Webhook(id="chat", kind="webhook", url_env="CHAT", format=Format.WECOM, secret_env="SECRET")
