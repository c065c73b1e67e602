"""Posts events to webhooks: in order for each subject, side by side for all others, again until they are taken."""

import asyncio
import random
import ssl
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import structlog

from mes.erp.events.answer import event_answer
from mes.erp.webhooks.answer import Answer, Outcome, outcome_of, retry_after
from mes.erp.webhooks.signature import signed_headers
from mes.erp.webhooks.store_deliveries import Delivery, active, due, plan, settle
from mes.erp.webhooks.url import trouble_with
from runtime.lending import Connection
from runtime.news import News
from runtime.only_one import OnlyOne
from runtime.settings import Settings

log = structlog.get_logger()
LOCK = 0x574542  # "WEB": only one posts, so that a subject's events cannot overtake each other
REST_S = 1.0
BUSY_REST_S = 0.1  # with something on its way
TIMEOUT_S = 15.0
# One that is slow keeps no place from the others.
AT_ONCE = 8
MOST_ANSWER = 500


class WebhooksLoop:
    """One of all mes processes on a database posts; the others stand by."""

    def __init__(
        self, settings: Settings, events: News, beat: Callable[[], None], timeout_s: float = TIMEOUT_S
    ) -> None:
        self.settings, self.events, self.timeout_s = settings, events, timeout_s
        self._only = OnlyOne("webhooks", settings.need_database(), LOCK, beat)
        self._turn = asyncio.Lock()
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._failing: defaultdict[str, set[int]] = defaultdict(set)

    async def run(self) -> None:
        """Until it is cancelled."""
        trust = ssl.create_default_context()
        # What the environment says of proxies is not for plant networks; each answer is waited for by its own clock.
        client = httpx.AsyncClient(verify=trust, timeout=None, follow_redirects=False, trust_env=False)  # noqa: S113
        async with client:
            await self._only.run(lambda conn: self._follow(conn, client))

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        self._only.lost()

    async def _end(self) -> None:
        """What is on its way is given up; whoever has taken it is sent it again."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    async def _follow(self, conn: Connection, client: httpx.AsyncClient) -> None:
        try:
            while True:
                self._only.beat()
                seen = self.events.number
                more = await self._start_due(conn, client)
                self._only.guard.works()
                if self._tasks:
                    await asyncio.wait(self._tasks.values(), timeout=BUSY_REST_S, return_when=asyncio.FIRST_COMPLETED)
                elif not more:
                    await self.events.wait(seen, REST_S)
        finally:
            await self._end()

    async def _start_due(self, conn: Connection, client: httpx.AsyncClient) -> bool:
        """Begin what is due; True where there is more than could begin."""
        for key, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[key]
                task.result()
        on_the_way: dict[str, list[int]] = defaultdict(list)
        for webhook, position in self._tasks:
            on_the_way[webhook].append(position)
        more = False
        async with self._turn:
            for webhook in await active(conn):
                more |= await plan(conn, webhook)
                free = AT_ONCE - len(on_the_way[webhook])
                for delivery in await due(conn, webhook, on_the_way[webhook], free) if free else []:
                    more = True
                    task = asyncio.create_task(self._deliver(conn, client, delivery))
                    self._tasks[webhook, delivery.position] = task
        return more

    async def _deliver(self, conn: Connection, client: httpx.AsyncClient, delivery: Delivery) -> None:
        at = datetime.now(UTC)
        answer = await self._post(client, delivery, at)
        outcome = outcome_of(answer.status)
        self._tell(delivery, outcome, answer)
        async with self._turn:
            await settle(conn, delivery, outcome, answer, at, datetime.now(UTC) - at, random.random())  # noqa: S311

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery, at: datetime) -> Answer:
        hosts, plaintext = self.settings.webhook_hosts, self.settings.plaintext_allowed
        trouble = trouble_with(delivery.url, hosts, plaintext_allowed=plaintext)
        if trouble is not None:
            return Answer(None, trouble)
        body = event_answer(delivery.event).model_dump_json().encode()
        headers = signed_headers(delivery.event.id, int(at.timestamp()), body, delivery.secrets)
        headers |= {"Content-Type": "application/json", "User-Agent": "shopfloor", "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(self.timeout_s),
                client.stream("POST", delivery.url, content=body, headers=headers) as got,
            ):
                wait_s = retry_after(got.headers.get("Retry-After"), at)
                return Answer(got.status_code, await _beginning(got), wait_s)
        except TimeoutError:
            return Answer(None, f"No whole answer within {self.timeout_s:g} s.")
        except (httpx.HTTPError, httpx.InvalidURL) as err:
            # Its text may quote the address.
            return Answer(None, f"No answer: {type(err).__name__}.")

    def _tell(self, delivery: Delivery, outcome: Outcome, answer: Answer) -> None:
        """Once when a webhook begins to fail and when it works again, and of each delivery that waits for a person."""
        name, failing = delivery.webhook, self._failing[delivery.webhook]
        if outcome is Outcome.RETRY:
            if not failing:
                log.warning("webhook_fails", webhook=name, status=answer.status, cure="tried again until it works")
            failing.add(delivery.position)
            return
        if failing == {delivery.position}:
            log.info("webhook_works", webhook=name)
        failing.discard(delivery.position)
        if outcome is Outcome.PARK:
            cure = f"correct the receiver, then POST /api/v1/webhooks/{name}/replay"
            log.warning("webhook_parked", webhook=name, position=delivery.position, status=answer.status, cure=cure)
        elif outcome is Outcome.DISABLE:
            log.warning("webhook_disabled", webhook=name, status=answer.status, cure="PUT it active when it is wanted")


async def _beginning(answer: httpx.Response) -> str:
    """What a refusal says, for people; of a success its status is enough, however slow the rest is."""
    if answer.is_success:
        return ""
    said = bytearray()
    async for piece in answer.aiter_raw():
        said += piece
        if len(said) >= MOST_ANSWER:
            break
    return said[:MOST_ANSWER].decode("utf-8", "replace").replace("\x00", "")
