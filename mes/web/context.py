"""What every request needs: plant, settings, database, the recompute loop's news, and who may do what."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from config.plant import Plant
from mes.keeper.refresh_loop import Refresh
from mes.web.access.access import Access
from mes.web.access.openid import Provider
from mes.web.access.persons import StoredPersons
from runtime.health import Health
from runtime.lending import Pool
from runtime.news import News
from runtime.settings import Settings

LEND_S = 3.0


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of one mes process."""

    settings: Settings
    plant: Plant
    pool: Pool
    refresh: Refresh
    access: Access
    health: Health = field(default_factory=lambda: Health("mes", 90.0))
    # Told when events of the feed have got their positions in this process.
    events: News = field(default_factory=News)
    persons: StoredPersons | None = None
    # The company's accounts, where there are any.
    openid: Provider | None = None


def context_of(request: Request) -> Context:
    """The context that the application was created with."""
    context = request.app.state.context
    assert isinstance(context, Context)  # noqa: S101  - create_app puts it there
    return context


TheContext = Annotated[Context, Depends(context_of)]


def who_does(context: Context, request: Request, by: str) -> str:
    """Who is written down: whoever is signed on; else `by`, after the name of the key where one is used."""
    signed_on = context.access.signed_on(request)
    if signed_on is not None:
        return signed_on.number
    who = context.access.who_asks(request)
    return f"{who}: {by}" if who else by
