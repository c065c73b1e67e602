"""The first page: the plant, its lines, and where to go."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mes.web.context import TheContext
from mes.web.pages import TheLanguage, page_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
async def index(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """All lines and pages."""
    return page_of(request, "index.html", language, plant=context.plant)
