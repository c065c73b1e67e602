"""Asks Tryton over HTTP, logged in, each question with a bound of time and of bytes."""

import asyncio
import ssl
from collections.abc import Sequence
from typing import TypeVar

import httpx
from pydantic import ValidationError

from mes.erp.connectors.tryton.records import MOVE, PRODUCTION, Move, Production, Record
from mes.erp.connectors.tryton.wire import MOST_ANSWER, TrytonAway, TrytonRefuses, authorization, call, result
from runtime.settings import Tryton

TIMEOUT_S = 15.0
READ_AT_ONCE = 200
Kind = TypeVar("Kind", bound=Record)
OPEN = ["waiting", "assigned", "running"]


class Calls:
    """One user's session. Whatever does not come back is TrytonAway: nobody knows whether it took effect."""

    def __init__(self, settings: Tryton, timeout_s: float = TIMEOUT_S) -> None:
        self.settings, self.timeout_s = settings, timeout_s
        self.url = f"{settings.url}/{settings.database}/rpc/"
        trust = ssl.create_default_context()
        # What the environment says of proxies is not for plant networks; each answer is waited for by its own clock.
        self._client = httpx.AsyncClient(verify=trust, timeout=None, follow_redirects=False, trust_env=False)  # noqa: S113
        self._header = ""
        self._context: dict[str, object] = {}

    async def close(self) -> None:
        """Give up the connections."""
        await self._client.aclose()

    async def ask(self, method: str, *arguments: object, context: dict[str, object] | None = None) -> object:
        """What a method of a model gives."""
        if not self._header:
            await self._log_in()
        try:
            return await self._post(method, *arguments, self._context | (context or {}))
        except TrytonAway:
            # The session may be over: the next question logs in anew.
            self._header = ""
            raise

    async def productions(self, clause: list[object]) -> list[Production]:
        """Productions by a clause of Tryton, the oldest first."""
        found: list[Production] = []
        while True:
            asked = [clause, len(found), READ_AT_ONCE, [["id", "ASC"]], PRODUCTION]
            page = checked(Production, await self.ask("model.production.search_read", *asked))
            found += page
            if len(page) < READ_AT_ONCE:
                return found

    async def production(self, id_: int) -> Production | None:
        """One production; None where it was deleted."""
        return next(iter(await self.productions([["id", "=", id_]])), None)

    async def moves(self, ids: Sequence[int]) -> list[Move]:
        """Moves by their ids."""
        found: list[Move] = []
        for first in range(0, len(ids), READ_AT_ONCE):
            asked = list(ids[first : first + READ_AT_ONCE])
            found += checked(Move, await self.ask("model.stock.move.read", asked, MOVE))
        return found

    async def waste(self, production: Production) -> int | None:
        """Where scrap of its warehouse goes; None where nobody has said."""
        clause = [["waste_warehouses", "=", production.warehouse], ["type", "=", "lost_found"]]
        asked = [clause, 0, 1, [["id", "ASC"]], ["type"]]
        found = checked(Record, await self.ask("model.stock.location.search_read", *asked))
        return found[0].id if found else None

    async def _log_in(self) -> None:
        self._context = {}
        user = self.settings.user
        try:
            told = await self._post("common.db.login", user, {"password": self.settings.password})
        except TrytonRefuses as err:
            raise TrytonAway("the log-in was refused") from err
        if not isinstance(told, list) or len(told) < 2 or not isinstance(told[0], int):
            raise TrytonAway("the log-in was answered with something else than a session")
        self._header = authorization(user, told[0], str(told[1]))
        context = await self._post("model.res.user.get_preferences", True, {})
        if not isinstance(context, dict):
            raise TrytonAway("the preferences of the user are none")
        self._context = context

    async def _post(self, method: str, *arguments: object) -> object:
        body = call(method, *arguments)
        headers = {"Content-Type": "text/xml", "User-Agent": "shopfloor", "Accept-Encoding": "identity"}
        if self._header:
            headers["Authorization"] = self._header
        said = bytearray()
        try:
            async with (
                asyncio.timeout(self.timeout_s),
                self._client.stream("POST", self.url, content=body, headers=headers) as answer,
            ):
                async for piece in answer.aiter_raw():
                    said += piece
                    if len(said) > MOST_ANSWER:
                        raise TrytonAway(f"an answer of more than {MOST_ANSWER} bytes")
                return result(answer.status_code, bytes(said))
        except TimeoutError as err:
            raise TrytonAway(f"no whole answer within {self.timeout_s:g} s") from err
        except (httpx.HTTPError, httpx.InvalidURL) as err:
            # Its text may quote the address.
            raise TrytonAway(f"no answer ({type(err).__name__})") from err


def checked(kind: type[Kind], told: object) -> list[Kind]:
    """Records as they are relied on; TrytonAway where Tryton tells something else."""
    if not isinstance(told, list):
        raise TrytonAway("an answer that is no list of records")
    try:
        return [kind.model_validate(one) for one in told]
    except ValidationError as err:
        place = ".".join(str(part) for part in err.errors()[0]["loc"])
        raise TrytonAway(f"a record of another shape ({place})") from err
