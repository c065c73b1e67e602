"""/ca and /ca.crt: our own certificate authority, and how a tablet comes to trust it."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from mes.web.context import Context, TheContext
from mes.web.pages import TheLanguage, page_of
from mes.web.problems import Problem
from runtime.own_authority import fingerprint_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/ca")
async def how(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """Step by step for Android, iOS and Windows, with the fingerprint to compare."""
    fingerprint = fingerprint_of(_authority(context))
    return page_of(request, "ca.html", language, fingerprint=fingerprint, host=request.url.hostname or "")


@router.get("/ca.crt")
async def certificate(context: TheContext) -> Response:
    """The certificate, as browsers take it for one to install."""
    headers = {"Content-Disposition": 'attachment; filename="shopfloor-ca.crt"', "Cache-Control": "no-store"}
    return Response(_authority(context).read_bytes(), media_type="application/x-x509-ca-cert", headers=headers)


def _authority(context: Context) -> Path:
    folder = context.settings.own_authority
    if folder is None or not (folder / "ca.crt").exists():
        raise Problem(404, "This service has no authority of its own.", "Set SHOPFLOOR_HTTPS=own where it is wanted.")
    return folder / "ca.crt"
