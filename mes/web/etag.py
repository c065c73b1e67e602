"""The version of a document as ETag, and a change that was made of an older one."""

from typing import Annotated, Any

from fastapi import Header

from mes.web.problems import MEDIA, Problem, ProblemBody

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description="The ETag of the document that the change was made of; left out by programs that own it.",
        examples=['"v3"'],
    ),
]
STALE: dict[int | str, dict[str, Any]] = {
    412: {"model": ProblemBody, "description": "It was changed since; `cure` says what to do.", "content": {MEDIA: {}}}
}


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"v{version}"'


def need_match(if_match: str | None, version: int | None) -> None:
    """A Problem 412 unless the document is still the one that the caller has seen; `version` None: there is none."""
    if if_match is None:
        return
    given = [one.strip() for one in if_match.split(",")]
    if version is None or ("*" not in given and etag(version) not in given):
        now = "is not there" if version is None else f"is {etag(version)} now"
        raise Problem(412, f"The document {now}, not {if_match}.", "GET it, decide again, and send its ETag.")
