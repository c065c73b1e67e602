"""Who asks for a change: the person who is signed on or named, and the program by its key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header, Request

from mes.web.access.access import route_address
from mes.web.access.holder import BROWSER
from mes.web.context import context_of
from mes.web.problems import mistake

HEADER = "Shopfloor-Person"
OPEN_CLIENT = "api"
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Author:
    """A person, None for a program on its own; the name of the key, "api" where no key is set.

    The person is the personnel number of who is signed on, or what a program or a form calls somebody.
    """

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
    access = context.access
    await access.recognise(request)
    signed_on = access.signed_on(request)
    if signed_on is not None:
        if name is not None:
            raise mistake(f"header.{HEADER}", "Leave it out: a person who is signed on acts in their own name.")
        return Author(signed_on.number, access.who_asks(request) or BROWSER)
    if name is not None and context.persons is not None:
        await context.persons.need(name, route_address(request), request.path_params)
    return Author(name, access.who_asks(request) or OPEN_CLIENT)


def named_in(request: Request, form: Mapping[str, str], field: str = "by") -> str:
    """Who makes the change that a form asks for: who is signed on, whatever the form says; else who it names, or ""."""
    signed_on = context_of(request).access.signed_on(request)
    return form.get(field, "").strip()[:LONGEST] if signed_on is None else signed_on.number


def author_named(request: Request, name: str) -> Author:
    """The author of a change on a page, with the name that `named_in` has found."""
    return Author(name, context_of(request).access.who_asks(request) or OPEN_CLIENT)


TheAuthor = Annotated[Author, Depends(_author)]
