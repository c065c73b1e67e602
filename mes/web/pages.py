"""What every page for people shares: its language, its answer, its form, its formats."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

from fastapi import Cookie, Depends, Header, Query, Request
from fastapi.responses import HTMLResponse

from contract.sample import to_us
from mes.web.bounds import Letters
from mes.web.context import Context, context_of
from mes.web.formats import Formats
from mes.web.navigation import PLACES
from mes.web.problems import Problem, ProblemBody
from mes.web.render import page
from mes.web.words import Language, choose, words

MAX_FORM = 10_000
YEAR_S = 365 * 24 * 3600


def language_of(
    request: Request,
    lang: Annotated[Letters | None, Query()] = None,
    shopfloor_lang: Annotated[str | None, Cookie()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Language:
    """The language of this request; a choice by ?lang= is remembered, see `remember_language`."""
    chosen = choose(lang, shopfloor_lang, accept_language)
    request.state.remember = chosen if lang == chosen else None
    return chosen


TheLanguage = Annotated[Language, Depends(language_of)]


def page_of(request: Request, template: str, language: Language, status: int = 200, **values: object) -> HTMLResponse:
    """A page that is never kept by a browser; its numbers would be old when it is shown again."""
    context = context_of(request)
    signed_on = context.access.signed_on(request)
    roles: frozenset[str] = signed_on.roles if signed_on else frozenset()
    own = {
        "here": request.scope["path"],
        "spoken": lambda code: _spoken(request, code, values.get("next")),
        "signed_on": signed_on,
        "person_name": _called(context),
        "places": [place for place in PLACES if not place.roles or place.roles & roles],
    }
    answer = HTMLResponse(page(template, language, **own, **values), status, headers={"Cache-Control": "no-store"})
    if getattr(request.state, "remember", None):
        answer.set_cookie("shopfloor_lang", language, max_age=YEAR_S, samesite="lax")
    return answer


def _spoken(request: Request, code: str, after: object) -> str:
    """The address of this page in a language, with all else that was asked for.

    `after`: where its form leads, as the page has judged it, whatever the address says.
    """
    asked = [(name, text) for name, text in request.query_params.multi_items() if name not in ("lang", "next")]
    kept = [("next", str(after))] if after else []
    return f"{request.scope['path']}?{urlencode([*asked, *kept, ('lang', code)])}"


def _called(context: Context) -> Callable[[str | None], str]:
    """What a person is called on a page: by name, where what is stored is the personnel number of one on record."""
    persons = context.persons
    return lambda number: "" if number is None else number if persons is None else persons.name_of(number)


def away_page(request: Request) -> HTMLResponse:
    """What a page shows without the database: that nothing is known. It goes on by itself."""
    answer = page_of(request, "away.html", _wished(request), 503)
    answer.headers["Retry-After"] = "2"
    return answer


def problem_page(request: Request, problem: ProblemBody) -> HTMLResponse:
    """What a person sees instead of the page that was asked for: what is wrong, and where to go on."""
    language = _wished(request)
    said = words(language)
    kind = f"problem.{problem.status}"
    headline = said.get(kind, said["problem"])
    roles = [said[f"role.{role}"] for role in getattr(request.state, "roles_needed", ())]
    told = {"headline": said["problem.role"] if roles else headline, "problem": problem, "roles": roles}
    return page_of(request, "problem.html", language, problem.status, **told)


def _wished(request: Request) -> Language:
    asked, cookie = request.query_params.get("lang"), request.cookies.get("shopfloor_lang")
    return choose(asked, cookie, request.headers.get("accept-language"))


async def form_of(request: Request, most_fields: int = 20, most_bytes: int = MAX_FORM) -> dict[str, str]:
    """The fields of a form, the first of each name."""
    body = await request.body()
    if len(body) > most_bytes:
        raise Problem(413, f"The form is larger than {most_bytes // 1000} kB.")
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=most_fields)
    except ValueError as err:
        raise Problem(422, "The form is not text in UTF-8.", "Send it from this site's page.") from err
    return {name: texts[0] for name, texts in fields.items()}


def formats_of(context: Context, language: Language) -> Formats:
    """Numbers and times as a language writes them, in the site's zone, now."""
    return Formats(language, ZoneInfo(context.plant.site.zone), to_us(datetime.now(UTC)))
