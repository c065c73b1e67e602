"""The formats of webhooks: message → what is posted; what the receiver answers → taken, or why not. Pure.

Chat robots answer with status 200 even when they take nothing: only the code in their answer tells.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from alerts.channels.message import Message, Refusal, Trouble, as_json, body
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
# How long a robot takes nothing after "too fast" when it does not say: DingTalk's robots rest for ten minutes.
REST_S = {Format.DINGTALK: 600.0}
USUAL_REST_S = 60.0
LONGEST_REST_S = 3600.0
ADDRESS = re.compile(r"\S*://\S+")
MOST_SAID = 120


def document_of(format_: Format, message: Message, link: str) -> Mapping[str, object]:
    """What is posted: our own JSON, or the text message of a chat robot in both languages."""
    match format_:
        case Format.JSON:
            return as_json(message, link)
        case Format.WECOM | Format.DINGTALK:
            return {"msgtype": "text", "text": {"content": cut(body(message, link), MOST_TEXT[format_])}}
        case Format.FEISHU:
            # Feishu takes <at ...> in a text for the call of a person, or of all of them.
            text = re.sub(r"<(?=\s*/?\s*at\b)", "＜", body(message, link), flags=re.IGNORECASE)
            return {"msg_type": "text", "content": {"text": cut(text, MOST_TEXT[format_])}}


def cut(text: str, most: int) -> str:
    """The text in at most so many bytes of UTF-8; what is cut ends on a whole character and an ellipsis."""
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: most - len("…".encode())].decode(errors="ignore") + "…"


def refusal_of(
    format_: Format, status: int, content: bytes, retry_after: str | None, now: datetime, secrets: Sequence[str] = ()
) -> Refusal | None:
    """Why the receiver has not taken a message, None when it has; `secrets` are never repeated."""
    answer = _parsed(content)
    code, said = _code(format_, answer), _said(answer, secrets)
    kind = f"HTTP {status}" if code is None else f"HTTP {status}, code {code}"
    wait_s = seconds_of(retry_after, now)
    too_fast = code in TOO_FAST or (code == FEISHU_ODD and "too many" in said.lower())
    if status == 429 or too_fast:
        return Refusal(
            Trouble.TOO_FAST, kind, said, wait_s or (REST_S.get(format_, USUAL_REST_S) if too_fast else None)
        )
    if status >= 500 or status in TRY_LATER or code in BUSY:
        return Refusal(Trouble.DOWN, kind, said, wait_s)
    if not 200 <= status < 300:
        return Refusal(Trouble.REFUSED, kind, said)
    if format_ is not Format.JSON and code is None:
        return Refusal(Trouble.DOWN, f"HTTP {status} without the code of a {format_} robot in the answer")
    return Refusal(Trouble.REFUSED, kind, said) if code else None


def seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """The header Retry-After, in seconds or as a date, at most an hour; None without one that can be read."""
    if retry_after is None:
        return None
    if re.fullmatch(r"\d{1,9}", retry_after.strip(), re.ASCII):
        seconds = float(retry_after)
    else:
        try:
            until = parsedate_to_datetime(retry_after)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
    return max(1.0, min(LONGEST_REST_S, seconds))


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
