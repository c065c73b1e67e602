"""Errors → problem+json (RFC 9457): what went wrong, where, and what to do."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from mes.web.mistakes import said
from runtime.guard import reason_of

log = structlog.get_logger()
MEDIA = "application/problem+json"
LONGEST_ECHO = 2000
MOST_MISTAKES = 50

CURES = {
    401: "Send 'Authorization: Bearer <key>' with a key of `shopfloor client add` or of SHOPFLOOR_API_KEY_<WHO>.",
    403: "Send the request from this site's own pages or from a program, not from a page of another site.",
    404: "Look the address up at /docs; GET /api/v1/equipment lists all equipment ids.",
    405: "Use a method that the header Allow lists.",
    408: "Send the request again, in one go.",
    413: "Send at most 64 KiB.",
    415: "Send the body as application/json.",
    500: "This is our bug. Try again; if it stays, send the log of service mes to the maintainers.",
    503: "Try again in a few seconds; GET /health/ready tells when the service is ready.",
}


class Mistake(BaseModel):
    """One thing to correct."""

    place: str = Field(description="Where: query.from, body.quantity, path.id.", examples=["query.from"])
    message: str = Field(description="What is wrong and how to write it.", examples=["Give the time with its zone."])


class ProblemBody(BaseModel):
    """An error as of RFC 9457, with a cure."""

    type: str = Field("about:blank", description="about:blank: the status says it all.")
    title: str = Field(description="The kind of error, the same for every occurrence.", examples=["Not Found"])
    status: int = Field(description="The HTTP status again.", examples=[404])
    detail: str = Field(description="What happened here.", examples=["There is no equipment 'press-9'."])
    cure: str = Field(description="What to do about it.", examples=["GET /api/v1/equipment lists all ids."])
    instance: str = Field(description="The address that was asked.", examples=["/api/v1/equipment/press-9"])
    errors: list[Mistake] = Field(default=[], description="Each mistake in the request; empty where there is one.")


ProblemPage = Callable[[Request, ProblemBody], Response]


class Problem(Exception):
    """The request cannot be answered as asked; status, detail and cure go to the caller."""

    def __init__(
        self,
        status: int,
        detail: str,
        cure: str | None = None,
        errors: Sequence[Mistake] = (),
        *,
        retry_after_s: int | None = None,
        challenge: str | None = None,
        roles: Sequence[str] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, list(errors)
        self.retry_after_s = retry_after_s
        # Of a 403: the roles that may.
        self.roles = list(roles)
        self.challenge = challenge or ("Bearer" if status == 401 else None)
        self.cure = cure or CURES.get(status, CURES[500])


def mistake(place: str, message: str) -> Problem:
    """A 422 with one mistake."""
    return Problem(422, f"{place}: {message}", "Correct what 'errors' lists.", [Mistake(place=place, message=message)])


def wrong_input(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """A 422 with each complaint of pydantic."""
    found = [_mistake(error) for error in errors]
    detail = "; ".join(f"{m.place}: {m.message}" for m in found)
    return Problem(422, detail, "Correct what 'errors' lists.", found)


def body_of(problem: Problem, instance: str) -> ProblemBody:
    """The problem as it is told."""
    return ProblemBody(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=_printable(problem.detail),
        cure=problem.cure,
        instance=_printable(instance),
        errors=problem.errors[:MOST_MISTAKES],
    )


def answer(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as a response: a page for a person who looks at pages, else problem+json."""
    body = body_of(problem, request.scope["path"])
    told = dict(headers or {})
    if problem.retry_after_s is not None:
        told["Retry-After"] = str(problem.retry_after_s)
    if wants_page(request):
        request.state.roles_needed = problem.roles
        response = cast(ProblemPage, request.app.state.problem_page)(request, body)
        response.headers.update(told)
        return response
    return JSONResponse(body.model_dump(), problem.status, told, media_type=MEDIA)


def wants_page(request: Request) -> bool:
    """Whether somebody looks at a page of ours with a browser; programs ask for no HTML."""
    html = "text/html" in request.headers.get("accept", "")
    return html and not request.scope["path"].startswith(("/api/", "/static/"))


def add_handlers(app: FastAPI, away_page: Callable[[Request], Response], problem_page: ProblemPage) -> None:
    """Every error leaves as problem+json, or as a page for a person: `away_page` where the database is away."""
    app.state.problem_page = problem_page

    async def on_problem(request: Request, err: Exception) -> Response:
        assert isinstance(err, Problem)  # noqa: S101  - registered for this class
        headers = None if err.challenge is None else {"WWW-Authenticate": err.challenge}
        return answer(request, err, headers)

    async def on_validation(request: Request, err: Exception) -> Response:
        assert isinstance(err, RequestValidationError)  # noqa: S101  - registered for this class
        return answer(request, wrong_input(err.errors()))

    async def on_http(request: Request, err: Exception) -> Response:
        assert isinstance(err, HTTPException)  # noqa: S101  - registered for this class
        detail = f"{request.method} {request.scope['path']}: {err.detail}"
        return answer(request, Problem(err.status_code, detail), err.headers)

    async def on_database(request: Request, err: Exception) -> Response:
        if isinstance(err, psycopg.errors.QueryCanceled):
            cure = "Ask for a shorter window or fewer machines."
            return answer(request, Problem(503, "The database takes too long for it.", cure, retry_after_s=30))
        log.warning("request_without_database", path=request.scope["path"], reason=reason_of(err))
        if wants_page(request):
            return away_page(request)
        return answer(request, Problem(503, "The database does not answer.", retry_after_s=2))

    async def on_bug(request: Request, err: Exception) -> Response:
        log.error("request_failed", path=request.scope["path"], exc_info=err)
        return answer(request, Problem(500, "The server made a mistake."))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(psycopg.OperationalError, on_database)
    app.add_exception_handler(Exception, on_bug)


def _printable(text: str) -> str:
    """What somebody has sent, fit to be sent back: no half characters, and not more than a person reads."""
    whole = text.encode("utf-8", "backslashreplace").decode()
    return whole if len(whole) <= LONGEST_ECHO else f"{whole[:LONGEST_ECHO]}…"


def _mistake(error: Mapping[str, Any]) -> Mistake:
    """One complaint of pydantic with its cure."""
    place = _printable(".".join(str(part) for part in error["loc"]))
    return Mistake(place=place, message=said(error))


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "description": text, "content": {MEDIA: {}}}
    for status, text in {
        400: "The header Host is no name or address.",
        401: "No key, or one that is wrong, has expired or was revoked.",
        403: "The key lacks the scope; a page of another site has sent it; or a name that is not this machine's.",
        404: "Nothing is there.",
        408: "The body did not come in time.",
        409: "What is there forbids it; `cure` says what to do first.",
        411: "The body has no length.",
        413: "The body is too large.",
        422: "The request has a mistake; `errors` lists each with its cure.",
        429: "Too many wrong keys came from this address.",
        503: "The database does not answer, or the answer takes too long.",
    }.items()
}
