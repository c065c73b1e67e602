"""Who may ask: the dependencies of routes and pages, and the scope of each route."""

from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.params import Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer, OAuth2
from starlette.exceptions import HTTPException

from mes.web.access.access import route_address
from mes.web.access.scopes import SCOPES, Scope
from mes.web.context import TheContext
from mes.web.problems import Problem

TOKEN_PATH = "/oauth/token"  # noqa: S105  - an address, no secret
BEARER = HTTPBearer(auto_error=False, description="A key, or a token of /oauth/token, that has the scope.")
OAUTH = OAuth2(
    flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl=TOKEN_PATH, scopes=SCOPES)),
    description="Name and key of a program for a token of an hour (RFC 6749, 4.4).",
    auto_error=False,
)


async def need_person(request: Request, context: TheContext) -> None:
    """Of a page: nothing where who asks may see or change this; 303 to the log-in where somebody is needed."""
    access = context.access
    await access.recognise(request)
    if context.persons is None:
        return
    await context.persons.look()
    holder = access.holder(request)
    try:
        needed = await context.persons.need_role(holder, request.method, route_address(request), request.path_params)
    except Problem:
        if holder is None or holder.station is None or holder.person is not None:
            raise
        where = f"/station?next={quote(page_before(request))}"
        raise HTTPException(303, "Sign on first.", {"Location": where}) from None
    if not needed or access.open:
        return
    if holder is None or needed.isdisjoint(holder.scopes):
        if request.state.keys_away is not None:
            raise request.state.keys_away
        raise HTTPException(303, "Log in first.", {"Location": f"/login?next={quote(page_before(request))}"})


def page_before(request: Request) -> str:
    """The page on which something was pressed; the first of its kind where the browser does not say."""
    told = urlsplit(request.headers.get("referer", ""))
    if told.netloc == request.headers.get("host") and told.path.startswith("/") and told.path != "/login":
        return told.path
    path = str(request.scope["path"])
    if request.method == "GET":
        return path
    return "/".join(path.split("/")[:2])


async def need_key(request: Request, context: TheContext) -> None:
    """Nothing where the service is open or the caller has a key or a session with the scope of the route.

    401 without a key that is good, 403 without the scope, 429 after many wrong keys.
    """
    access = context.access
    await access.recognise(request)
    holder = access.holder(request)
    if access.open and (holder is None or (holder.person is None and holder.station is None)):
        return
    if holder is None:
        if request.state.keys_away is not None:
            raise request.state.keys_away
        if "authorization" not in request.headers:
            raise Problem(401, "This needs a key.")
        access.need_patience(request)
        access.wrong_key(request)
        detail = "This key is not known, has expired or was revoked."
        raise Problem(401, detail, challenge='Bearer error="invalid_token"')
    if context.persons is not None:
        await context.persons.need_role(holder, request.method, route_address(request), request.path_params)
    scope = scope_of(request)
    if scope not in holder.scopes:
        raise Problem(
            403,
            f"This needs the scope '{scope}', which the key of '{holder.name}' lacks.",
            f"Ask with a key that has it: `shopfloor client scopes {holder.name} ...` changes those of a program.",
            challenge=f'Bearer error="insufficient_scope", scope="{scope}"',
        )


def scoped(router: APIRouter, changes: Scope, reads: Scope = "read") -> APIRouter:
    """The same router; each of its routes needs a scope from now on, by whether it changes anything, and says so."""
    for route in router.routes:
        assert isinstance(route, APIRoute)  # noqa: S101  - the API has no others
        scope = reads if route.methods == {"GET"} else changes
        route.description += f"\n\nScope: `{scope}`."
        route.dependencies += [Security(BEARER, scopes=[scope]), Security(OAUTH, scopes=[scope])]
    return router


def scope_of(request: Request) -> str:
    """The scope that the asked route needs; `read` beside the API."""
    route = request.scope["route"]
    given = [one.scopes for one in route.dependencies if isinstance(one, Security)]
    return given[0][0] if given and given[0] else "read"
