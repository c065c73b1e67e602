"""/push: this browser asks for messages of alarms, or for no more."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from config.channels import WebPush
from mes.alarms.push_endpoints import allowed, sound
from mes.alarms.store_push import public_key, subscribe, unsubscribe
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, form_of, page_of
from mes.web.problems import Problem

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def _hosts(context: Context) -> list[str]:
    return [host for channel in context.plant.channels if isinstance(channel, WebPush) for host in channel.hosts]


@router.get("/push")
async def push(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """The button, where the plant file has a channel of this kind."""
    key = ""
    if _hosts(context):
        async with context.pool.connection(LEND_S) as conn:
            key = await public_key(conn)
    return page_of(request, "push.html", language, key=key)


@router.post("/push")
async def begin(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """Keep what the browser gives; only to push services that the plant file names is anything ever sent."""
    form = await form_of(request)
    endpoint, p256dh, auth = (form.get(name, "") for name in ("endpoint", "p256dh", "auth"))
    if not (allowed(endpoint, _hosts(context)) and sound(p256dh) and sound(auth)):
        cure = "Name the push service's host under `hosts` of the channel in the plant file."
        raise Problem(422, "This browser's push service is not one that the plant file names.", cure)
    who = context.access.signed_on(request)
    async with context.pool.connection(LEND_S) as conn:
        await subscribe(conn, endpoint, p256dh, auth, language, who.number if who else None)
    return Response(status_code=204)


@router.post("/push/end")
async def end(request: Request, context: TheContext) -> Response:
    """Nothing more to this browser."""
    form = await form_of(request)
    async with context.pool.connection(LEND_S) as conn:
        await unsubscribe(conn, form.get("endpoint", "")[:500])
    return Response(status_code=204)
