"""The first page: what needs whoever is signed on, how the site stands, and where to go."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mes.screens.home.needs import needs
from mes.screens.home.render import values_of
from mes.screens.home.store_home import HomeReader
from mes.web.context import TheContext
from mes.web.pages import TheLanguage, page_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
async def index(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """The plant at this moment; without a person all that waits for somebody."""
    reader: HomeReader = request.app.state.home
    home = await reader.look()
    person = context.access.signed_on(request)
    found, count = needs(home.site, home.waiting, home.held, person.roles if person else ())
    return page_of(
        request,
        "home.html",
        language,
        plant=context.plant,
        needs=found,
        count=count,
        answers=person is not None,
        logs_in=not context.access.open,
        **values_of(context.plant, home.site, language),
    )
