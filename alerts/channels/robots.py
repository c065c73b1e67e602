"""The formats of webhooks: message → what is posted; what the receiver answers → taken, or why not. Pure.

Chat robots answer with status 200 even when they take nothing: only the code in their answer tells.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from alerts.channels.letter import Letter, Style, document_of_json, text_of
from alerts.channels.message import Refusal, Taken, Trouble
from alerts.channels.parts import parts_of
from config.channels import Format

TRY_LATER = {408, 425}
# Bytes of text; WeCom's own limit, and well below the 20 kB of the others.
MOST_TEXT = {Format.WECOM: 2048, Format.DINGTALK: 15_000, Format.FEISHU: 15_000}
# Where a provider puts its code, and the codes that mean "too fast" and "busy".
CODES = {
    Format.WECOM: ("errcode",),
    Format.DINGTALK: ("errcode",),
    Format.FEISHU: ("code", "StatusCode"),
    Format.JSON: ("errcode", "StatusCode", "code"),
}
TOO_FAST = {45009, 45033, 130101, 90030, 410100, 11232}
BUSY = {-1}
FEISHU_ODD = 9499  # either a body that Feishu cannot read or too many of them: its text says which
# Many programs have a field 'code' of their own: from a receiver of JSON only the known codes of Feishu are refusals.
FEISHU_KNOWN = {9499, 11232, 19001, 19002, 19021, 19022, 19024, 19036}
# A signature, or the clock in it, is not right.
FEISHU_SIGN, DINGTALK_SECURITY = 19021, 310000
CLOCK_OFF_S = 60.0
# How long a robot takes nothing after "too fast" when it does not say: DingTalk's robots rest for ten minutes.
REST_S = {Format.DINGTALK: 600.0}
USUAL_REST_S = 60.0
LONGEST_REST_S = 3600.0
ADDRESS = re.compile(r"\S*://\S+")
MOST_SAID = 120


def texts_of(format_: Format, letter: Letter, style: Style) -> Sequence[str]:
    """The text of a message as one robot takes it: whole, or in numbered parts."""
    text = text_of(letter, style)
    if format_ is Format.FEISHU:
        # Feishu takes <at ...> in a text for the call of a person, or of all of them.
        text = re.sub(r"<(?=\s*/?\s*at\b)", "＜", text, flags=re.IGNORECASE)
    return parts_of(text, MOST_TEXT[format_], style.link)


def document_of(format_: Format, letter: Letter, style: Style) -> Mapping[str, object]:
    """What is posted: our own JSON, or the part that is due of the text for a chat robot; `address` calls a person."""
    if format_ is Format.JSON:
        return document_of_json(letter, style)
    texts = texts_of(format_, letter, style)
    if letter.part > len(texts):
        return picture_of(letter.picture)
    text, address = texts[letter.part - 1], letter.address
    match format_:
        case Format.WECOM:
            return {
                "msgtype": "text",
                "text": {"content": text} | ({"mentioned_mobile_list": [address]} if address else {}),
            }
        case Format.DINGTALK:
            call: dict[str, object] = {"at": {"atMobiles": [address]}} if address else {}
            return {"msgtype": "text", "text": {"content": f"@{address} {text}" if address else text}} | call
        case Format.FEISHU:
            called = f'<at user_id="{_bare(address)}"></at> {text}' if address else text
            return {"msg_type": "text", "content": {"text": called}}


def _bare(address: str) -> str:
    """Without what would end the call."""
    return re.sub(r'["<>]', "", address)


def picture_of(png: bytes) -> Mapping[str, object]:
    """The message of WeCom that holds a picture."""
    return {
        "msgtype": "image",
        "image": {
            "base64": base64.b64encode(png).decode(),
            "md5": hashlib.md5(png).hexdigest(),  # noqa: S324  - what WeCom's interface asks for
        },
    }


def answer_of(
    format_: Format,
    status: int,
    content: bytes,
    headers: Mapping[str, str],
    now: datetime,
    secrets: Sequence[str] = (),
) -> Taken | Refusal:
    """What the receiver said: that it has taken a message, or why not; `secrets` are never repeated."""
    answer = _parsed(content)
    code, said = _code(format_, answer), _said(answer, secrets)
    kind = f"HTTP {status}" if code is None else f"HTTP {status}, code {code}"
    wait_s = seconds_of(headers.get("Retry-After"), now)
    too_fast = code in TOO_FAST or (code == FEISHU_ODD and "too many" in said.lower())
    if status == 429 or too_fast:
        rest = wait_s or (REST_S.get(format_, USUAL_REST_S) if too_fast else None)
        return Refusal(Trouble.TOO_FAST, kind, said, rest, status, code)
    if status >= 500 or status in TRY_LATER or code in BUSY:
        return Refusal(Trouble.DOWN, kind, said, wait_s, status, code)
    if not 200 <= status < 300:
        return Refusal(Trouble.REFUSED, kind, said, None, status, code)
    if format_ is not Format.JSON and code is None:
        kind = f"HTTP {status} without the code of a {format_} robot in the answer"
        return Refusal(Trouble.DOWN, kind, said, None, status)
    if not code:
        return Taken(status, code, said)
    return Refusal(Trouble.REFUSED, kind, said + _clock_hint(code, said, headers.get("Date"), now), None, status, code)


def _clock_hint(code: int, said: str, date: str | None, now: datetime) -> str:
    """Where a signature is refused: whether the clocks agree, before anybody looks for a wrong secret."""
    signed = code == FEISHU_SIGN or (code == DINGTALK_SECURITY and re.search(r"sign|timestamp", said, re.IGNORECASE))
    theirs = _instant(date) if signed and date else None
    if theirs is None:
        return ""
    off_s = (now - theirs).total_seconds()
    if abs(off_s) > CLOCK_OFF_S:
        return f"; this clock is {abs(off_s):.0f} s {'ahead' if off_s > 0 else 'behind'}: set it first"
    return "; the clocks agree: check secret_env"


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """The header Retry-After, in seconds or as a date, at most an hour; None without one that can be read."""
    if retry_after is None:
        return None
    if re.fullmatch(r"\d{1,9}", retry_after.strip(), re.ASCII):
        seconds = float(retry_after)
    else:
        until = _instant(retry_after)
        if until is None:
            return None
        seconds = (until - now).total_seconds()
    return max(1.0, min(LONGEST_REST_S, seconds))


def _instant(text: str) -> datetime | None:
    """The instant of a header's date, None for anything else."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _parsed(content: bytes) -> Mapping[str, object]:
    """The object that was answered, empty for anything else."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _code(format_: Format, answer: Mapping[str, object]) -> int | None:
    """The first code of the answer that is not 0; 0 when all are, None when it has none."""
    codes = [_number(answer[name]) for name in CODES[format_] if name in answer and _counts(format_, name, answer)]
    known = [code for code in codes if code is not None]
    return next((code for code in known if code != 0), 0 if known else None)


def _counts(format_: Format, name: str, answer: Mapping[str, object]) -> bool:
    return format_ is not Format.JSON or name != "code" or _number(answer[name]) in FEISHU_KNOWN


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,12}", value, re.ASCII):
        return int(value)
    return value if isinstance(value, int) else None


def _said(answer: Mapping[str, object], secrets: Sequence[str]) -> str:
    """The provider's words in one short line, without addresses and secrets."""
    text = next((answer[name] for name in ("errmsg", "msg", "StatusMessage") if isinstance(answer.get(name), str)), "")
    line = ADDRESS.sub("…", str(text))
    for secret in secrets:
        line = line.replace(secret, "…")
    line = " ".join("".join(c if c.isprintable() else " " for c in line).split())
    return line if len(line) <= MOST_SAID else line[:MOST_SAID] + "…"
