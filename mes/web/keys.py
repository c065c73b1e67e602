"""Who may ask: a route's dependency."""

from starlette.requests import Request

from mes.web.context import TheContext
from mes.web.problems import Problem


async def need_key(request: Request, context: TheContext) -> None:
    """401 unless the service is open or the caller has a key or a session; 429 after many wrong keys."""
    if context.access.open or context.access.who_asks(request) is not None:
        return
    if "authorization" in request.headers:
        context.access.need_patience(request)
        context.access.wrong_key(request)
    raise Problem(401, "This needs a key.")
