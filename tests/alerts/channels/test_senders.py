"""Webhook and e-mail against real servers, and what is said when they cannot be."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from alerts.channels.email import EmailSender, mail_server
from alerts.channels.letter import title_of
from alerts.channels.message import NotDelivered, Trouble
from alerts.channels.outbox import senders_of
from alerts.channels.readiness import wait_s
from alerts.channels.webhook import WebhookSender
from config.channels import Email, Format, Webhook
from runtime.settings import BadSetting, settings_from
from tests.alerts.floor import plant_with
from tests.alerts.letters import LETTER, MESSAGE, STYLE, letter_with, settings
from tests.alerts.receivers import HttpReceiver, Mailbox

CHAT = Webhook(id="chat", kind="webhook", url_env="CHAT")
DESK = Email(id="desk", kind="email", to=("wang@example.com", "li@example.com"))


@pytest.fixture
def mailbox(free_port: Callable[[], int]) -> Iterator[Mailbox]:
    """A running SMTP server."""
    made = Mailbox(free_port())
    made.start()
    yield made
    made.stop()


def webhook(chat: HttpReceiver) -> WebhookSender:
    return WebhookSender(CHAT, settings(CHAT=f"http://127.0.0.1:{chat.port}/hook?token=secret"), STYLE)


def test_a_webhook_gets_both_languages_a_key_and_a_link(chat: HttpReceiver) -> None:
    webhook(chat).send(LETTER)

    post = chat.posts[0]
    assert (post.key, post.path) == ("17", "/hook?token=secret")
    assert post.document["text"] == {"en": MESSAGE.text_en, "zh": MESSAGE.text_zh}
    assert post.document["link"] == "https://mes.example.com/alarms"
    assert post.document["title"] == f"[ALARM 报警] {MESSAGE.text_en} | {MESSAGE.text_zh}"
    assert (post.document["event"], post.document["at"]) == ("raised", "2026-11-23T08:00:05+00:00")


@pytest.mark.parametrize(
    ("status", "answer", "trouble"),
    [
        (500, {}, Trouble.DOWN),
        (503, {}, Trouble.DOWN),
        (429, {}, Trouble.TOO_FAST),
        (400, {}, Trouble.REFUSED),
        (404, {}, Trouble.REFUSED),
        (302, {}, Trouble.REFUSED),
        # Chat services refuse with status 200 and a code in the answer.
        (200, {"errcode": 93000, "errmsg": "invalid webhook url"}, Trouble.REFUSED),
        (200, {"errcode": 45009, "errmsg": "api freq out of limit"}, Trouble.TOO_FAST),
        (200, {"code": 19024, "msg": "Key Words Not Found"}, Trouble.REFUSED),
    ],
)
def test_what_a_receiver_refuses_is_not_delivered(
    chat: HttpReceiver, status: int, answer: dict[str, object], trouble: Trouble
) -> None:
    chat.status, chat.answer = status, answer

    with pytest.raises(NotDelivered) as refused:
        webhook(chat).send(LETTER)

    assert trouble is refused.value.refusal.trouble
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("answer", [{"errcode": 0, "errmsg": "ok"}, {"code": 0}, {"code": 200}, {"code": 1}, {"id": 5}])
def test_what_a_receiver_takes_is_delivered(chat: HttpReceiver, answer: dict[str, object]) -> None:
    chat.answer = answer

    webhook(chat).send(LETTER)

    assert len(chat.posts) == 1


@pytest.mark.parametrize(
    ("format_", "type_name", "taken"),
    [
        (Format.WECOM, "msgtype", {"errcode": 0, "errmsg": "ok"}),
        (Format.DINGTALK, "msgtype", {"errcode": 0, "errmsg": "ok"}),
        (Format.FEISHU, "msg_type", {"code": 0, "msg": "success", "data": {}}),
    ],
)
def test_a_chat_robot_gets_a_text_it_understands(
    chat: HttpReceiver, format_: Format, type_name: str, taken: dict[str, object]
) -> None:
    chat.answer = taken
    address = f"http://127.0.0.1:{chat.port}/hook"
    robot = WebhookSender(CHAT.model_copy(update={"format": format_}), settings(CHAT=address), STYLE)

    robot.send(LETTER)

    document = chat.posts[0].document
    text = str(document.get("text") or document.get("content"))
    assert document[type_name] == "text"
    assert MESSAGE.text_en in text
    assert MESSAGE.text_zh in text


def test_what_a_receiver_repeats_of_its_address_stays_secret(chat: HttpReceiver) -> None:
    key = "693axxx6-7aoc-4bc4-97a0"
    chat.answer = {"errcode": 93000, "errmsg": f"key {key} is bad, see https://example.com/?key={key}"}
    sender = WebhookSender(CHAT, settings(CHAT=f"http://127.0.0.1:{chat.port}/cgi-bin/webhook/send?key={key}"), STYLE)

    with pytest.raises(NotDelivered) as refused:
        sender.send(LETTER)

    assert str(refused.value) == "HTTP 200, code 93000: key … is bad, see …"


def test_an_answer_without_an_end_is_read_only_as_far_as_it_matters(chat: HttpReceiver) -> None:
    chat.answer = {"errcode": 40008, "errmsg": "x" * 1_000_000}

    webhook(chat).send(LETTER)

    assert len(chat.posts) == 1


def test_a_receiver_that_is_away_keeps_its_address_secret(chat: HttpReceiver) -> None:
    sender = webhook(chat)
    chat.stop()

    with pytest.raises(NotDelivered) as refused:
        sender.send(LETTER)

    assert (str(refused.value), refused.value.refusal.trouble) == ("ConnectError", Trouble.DOWN)
    assert refused.value.__cause__ is None


def test_an_e_mail_has_both_languages_and_reaches_everybody(mailbox: Mailbox) -> None:
    server = f"smtp://127.0.0.1:{mailbox.port}?from=alarms@example.com"
    EmailSender(DESK, settings(SHOPFLOOR_SMTP=server), STYLE).send(LETTER)

    mail = mailbox.mails[0]
    assert title_of(LETTER) == mail["Subject"]
    assert (mail["From"], mail["Idempotency-Key"]) == ("alarms@example.com", "17")
    assert [list(DESK.to)] == mailbox.recipients
    text = mail.get_content()
    assert MESSAGE.text_en in text
    assert MESSAGE.text_zh in text
    assert "https://mes.example.com/alarms" in text


def test_a_line_break_in_a_name_does_not_break_the_mail(mailbox: Mailbox) -> None:
    broken = letter_with(text_en="Press\r\nBcc: everybody@example.com")

    EmailSender(DESK, settings(SHOPFLOOR_SMTP=f"smtp://127.0.0.1:{mailbox.port}"), STYLE).send(broken)

    assert mailbox.mails[0]["Bcc"] is None


def test_one_refused_recipient_does_not_cost_the_others_their_mail(mailbox: Mailbox) -> None:
    mailbox.refuse = {"li@example.com": "550 no such user"}
    sender = EmailSender(DESK, settings(SHOPFLOOR_SMTP=f"smtp://127.0.0.1:{mailbox.port}"), STYLE)
    sender.send(LETTER)
    assert mailbox.recipients == [["wang@example.com"]]

    mailbox.refuse["wang@example.com"] = "550 no such user"
    with pytest.raises(NotDelivered) as refused:
        sender.send(LETTER)
    assert refused.value.refusal.trouble is Trouble.REFUSED


def test_a_mail_server_that_says_later_rests_and_keeps_the_message(mailbox: Mailbox) -> None:
    mailbox.refuse = dict.fromkeys(DESK.to, "450 too many messages, try again later")
    sender = EmailSender(DESK, settings(SHOPFLOOR_SMTP=f"smtp://127.0.0.1:{mailbox.port}"), STYLE)

    with pytest.raises(NotDelivered) as refused:
        sender.send(LETTER)

    assert refused.value.refusal.trouble is Trouble.TOO_FAST


def test_a_mail_whose_answer_is_cut_off_may_have_been_taken_and_one_without_a_server_not(
    mailbox: Mailbox, free_port: Callable[[], int]
) -> None:
    found = []
    mailbox.hang_up = True
    for port in (mailbox.port, free_port()):
        sender = EmailSender(DESK, settings(SHOPFLOOR_SMTP=f"smtp://127.0.0.1:{port}"), STYLE)
        with pytest.raises(NotDelivered) as refused:
            sender.send(LETTER)
        found.append((refused.value.refusal.trouble, refused.value.refusal.cut_off))

    assert found == [(Trouble.DOWN, True), (Trouble.DOWN, False)]


def test_a_mail_server_without_starttls_gets_nothing_when_it_must_encrypt(mailbox: Mailbox) -> None:
    sender = EmailSender(DESK, settings(SHOPFLOOR_SMTP=f"smtp://user:secret@127.0.0.1:{mailbox.port}"), STYLE)
    sender.server = replace(sender.server, must_encrypt=True)

    with pytest.raises(NotDelivered, match="no STARTTLS"):
        sender.send(LETTER)
    assert mailbox.mails == []


def certificate(folder: Path) -> Path:
    """A file with a key and a certificate for this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("trusted", [True, False])
def test_starttls_hands_over_the_password_only_to_a_server_that_is_trusted(
    trusted: bool, tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    mailbox = Mailbox(free_port())
    mailbox.start(context)
    sender = EmailSender(DESK, settings(SHOPFLOOR_SMTP=f"smtp://wang:p%40ss@localhost:{mailbox.port}"), STYLE)
    sender.server = replace(sender.server, must_encrypt=True)

    try:
        sender.send(LETTER)
        outcome = "delivered"
    except NotDelivered as err:
        outcome = str(err)
    mailbox.stop()

    assert outcome == ("delivered" if trusted else "SSLCertVerificationError")
    assert mailbox.logins == ([("wang", "p@ss")] if trusted else [])
    assert len(mailbox.mails) == int(trusted)


@pytest.mark.parametrize(
    ("smtp", "plaintext", "expected"),
    [
        ("smtps://u:p@mail.example.com", "no", (465, True, False)),
        ("smtp://u:p@mail.example.com", "no", (587, False, True)),
        ("smtp://u:p@mail.example.com:25", "yes", (25, False, False)),
        ("smtp://127.0.0.1:2525", "no", (2525, False, False)),
    ],
)
def test_beyond_this_machine_mail_is_encrypted(smtp: str, plaintext: str, expected: tuple[int, bool, bool]) -> None:
    server = mail_server(settings(SHOPFLOOR_SMTP=smtp, SHOPFLOOR_ALLOW_PLAINTEXT=plaintext))

    assert expected == (server.port, server.tls, server.must_encrypt)
    assert "p@" not in repr(server)


CHANNELS = "[{id: chat, kind: webhook, url_env: CHAT}, {id: desk, kind: email, to: [a@example.com]}]"


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "CHAT is not set: channel 'chat'"),
        ({"CHAT": "hooks.example.com/x"}, "CHAT is not an address"),
        ({"CHAT": "ftp://hooks.example.com/x"}, "CHAT is not an address"),
        ({"CHAT": "https://hooks.example.com:99999/x"}, "CHAT is not an address"),
        ({"CHAT": "http://hooks.example.com/x"}, "CHAT is plain http:// beyond this machine"),
        ({"CHAT": "https://hooks.example.com/x"}, "SHOPFLOOR_SMTP is not set"),
        ({"CHAT": "https://hooks.example.com/x", "SHOPFLOOR_SMTP": "mail.example.com"}, "SHOPFLOOR_SMTP is not"),
        ({"CHAT": "https://h.example.com", "SHOPFLOOR_SMTP": "smtp://h:99999"}, "SHOPFLOOR_SMTP is not"),
        ({"CHAT": "https://h.example.com", "SHOPFLOOR_SMTP": "smtps://h?from=me"}, "after .from="),
    ],
)
def test_a_channel_without_its_setting_is_said_in_one_line(environment: dict[str, str], complaint: str) -> None:
    with pytest.raises(BadSetting, match=complaint) as refused:
        senders_of(settings_from(environment), plant_with("[]", CHANNELS))

    assert "\n" not in str(refused.value)
    assert "hooks.example.com/x" not in str(refused.value)


def test_waiting_grows_to_a_minute() -> None:
    assert [wait_s(n) for n in (1, 2, 3, 7, 1000)] == [1, 2, 4, 60, 60]
