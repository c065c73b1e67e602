"""Calls of Tryton ↔ the bodies of its XML-RPC, and what a refusal means. Pure."""

import base64
import xmlrpc.client
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from xml.parsers.expat import ExpatError

MOST_ANSWER = 8 * 1024 * 1024
# Tryton's own faults: a refusal, a question to a person, a record that was changed since it was read.
REFUSED, ASKS, CHANGED = 1, 2, 4


class TrytonAway(Exception):
    """Tryton did not answer, or not as Tryton does: to be tried again, after a look at what has become of it."""


class TrytonRefuses(Exception):
    """Tryton does not want it, in its own words; `changed` where a record was changed since it was read."""

    def __init__(self, said: str, *, changed: bool = False) -> None:
        super().__init__(said)
        self.changed = changed


def call(method: str, *arguments: object) -> bytes:
    """The body of a call. Decimals and dates are what Tryton makes of them; quantities are its floats."""
    return xmlrpc.client.dumps(tuple(_outgoing(one) for one in arguments), method, allow_none=True).encode()


def _outgoing(value: object) -> Any:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": format(value, "f")}
    if isinstance(value, Mapping):
        return {str(key): _outgoing(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_outgoing(one) for one in value]
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    return value


def result(status: int, body: bytes) -> object:
    """What a call has given; TrytonRefuses where Tryton will not, TrytonAway where it is not known to have answered."""
    if status == 403:
        raise TrytonRefuses("403: this user may not do that.")
    if status != 200:
        raise TrytonAway(f"HTTP status {status}")
    try:
        [value], _ = xmlrpc.client.loads(body.decode(), use_builtin_types=True)
    except xmlrpc.client.Fault as fault:
        said = " ".join(str(fault.faultString).split())[:500]
        if fault.faultCode in (REFUSED, ASKS, CHANGED):
            raise TrytonRefuses(said.removesuffix(" -"), changed=fault.faultCode == CHANGED) from fault
        # Anything else is a failure within Tryton, such as a database that is busy: it may pass.
        raise TrytonAway(f"fault {fault.faultCode}: {said}") from fault
    except (ExpatError, xmlrpc.client.ResponseError, ValueError, TypeError, AttributeError, LookupError) as err:
        raise TrytonAway(f"an answer that is no XML-RPC ({type(err).__name__})") from err
    return value


def authorization(user: str, id_: int, session: str) -> str:
    """The header's value for a session."""
    return "Session " + base64.b64encode(f"{user}:{id_}:{session}".encode()).decode()
