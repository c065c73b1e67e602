"""/oauth/token: a program gives its name and key, and gets a token of an hour (RFC 6749, 4.4)."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from mes.people.programs.models_token import TokenAnswer, TokenRefused
from mes.people.programs.store_tokens import give_token
from mes.people.programs.token_request import FORM, GRANT, Refused, token_request
from mes.web.access.keys import TOKEN_PATH
from mes.web.bounds import ONE_LINE
from mes.web.context import LEND_S, TheContext
from mes.web.problems import MEDIA, RESPONSES

router = APIRouter(tags=["access"])
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
TEXT = {"type": "string", "maxLength": 1000, "pattern": ONE_LINE}
FIELDS: dict[str, Any] = {
    "grant_type": {"type": "string", "enum": [GRANT]},
    "scope": TEXT | {"description": "Some of the program's scopes; all where it is left out."},
    "client_id": TEXT | {"description": "The program's name, where no HTTP Basic is sent."},
    "client_secret": TEXT | {"description": "Its key."},
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {FORM: {"schema": {"type": "object", "required": ["grant_type"], "properties": FIELDS}}},
    }
}
REFUSED: dict[int | str, dict[str, Any]] = {
    status: {"model": TokenRefused, "description": text, "content": {MEDIA: {}}}
    for status, text in {400: "The request is none, or a scope is not the program's.", 401: "Not its key."}.items()
}


@router.post(TOKEN_PATH, response_model=TokenAnswer, responses=RESPONSES | REFUSED, openapi_extra=BODY)
async def token(request: Request, context: TheContext) -> Response:
    """A token of an hour for a key of `shopfloor client add`; it ends with that key, revoked or not."""
    header = request.headers.get("authorization", "")
    try:
        asked = token_request(request.headers.get("content-type", ""), header, await request.body())
        async with context.pool.connection(LEND_S) as conn:
            made = await give_token(conn, asked)
    except Refused as err:
        if err.error != "invalid_client":
            return _refused(400, err, {})
        context.access.need_patience(request)
        context.access.wrong_key(request)
        return _refused(401, err, {"WWW-Authenticate": 'Basic realm="shopfloor"'})
    told = TokenAnswer(access_token=made.text, expires_in=made.expires_in_s, scope=" ".join(sorted(made.scopes)))
    return JSONResponse(told.model_dump(), headers=NOT_KEPT)


def _refused(status: int, err: Refused, headers: dict[str, str]) -> Response:
    told = TokenRefused(error=err.error, error_description=str(err))
    return JSONResponse(told.model_dump(), status, NOT_KEPT | headers)
