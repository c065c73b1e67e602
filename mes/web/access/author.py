"""Who asks for a change: the person, where one is named, and the program by its key."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header, Request

from mes.web.context import context_of
from mes.web.problems import mistake

HEADER = "Shopfloor-Person"
OPEN_CLIENT = "api"
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Author:
    """A person's name, None for a program on its own; the name of the key, "api" where no key is set."""

    person: str | None
    client: str

    @property
    def text(self) -> str:
        """Both in one word, as older rows have it: "erp: Li Wei"."""
        return f"{self.client}: {self.person}" if self.person else self.client


async def _author(
    request: Request,
    person: Annotated[
        str | None,
        Header(
            alias=HEADER,
            max_length=3 * 4 * LONGEST,
            description="Name or personnel number of the person in whose name this is asked, percent-encoded UTF-8.",
            examples=["Li%20Wei"],
        ),
    ] = None,
) -> Author:
    name = None
    if person is not None:
        name = unquote(person, errors="replace").strip()
        if not 0 < len(name) <= LONGEST or not name.isprintable() or "\ufffd" in name:
            raise mistake(f"header.{HEADER}", f"Give 1 to {LONGEST} printable characters, percent-encoded UTF-8.")
    context = context_of(request)
    if name is not None and context.persons is not None:
        address = request.scope["route"].path.removeprefix("/api/v1")
        await context.persons.need(name, address, request.path_params)
    access = context.access
    await access.recognise(request)
    return Author(name, access.who_asks(request) or OPEN_CLIENT)


TheAuthor = Annotated[Author, Depends(_author)]
