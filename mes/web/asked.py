"""What an address says, before any work: every key is known, every value can be, every window has a length."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from fastapi import Request
from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from contract.sample import to_us
from mes.web.context import context_of
from mes.web.problems import Mistake, Problem
from mes.web.windows import DAY_US, LONGEST_US, Longest, need_length, need_order, need_window
from runtime.action_link import PATH


async def need_known_query(request: Request) -> None:
    """A Problem 422 for a key that the route does not know, and for one that is given twice and is no list."""
    route = request.scope["route"]
    if isinstance(route, APIRoute) and route.path == PATH:
        # Chat programs put keys of their own behind the link of a message.
        return
    known, repeatable = (
        (keys_of(route.dependant), _lists_of(route.dependant)) if isinstance(route, APIRoute) else ((), ())
    )
    _need_known_keys(request, sorted(known), repeatable)


async def need_right_address(request: Request) -> None:
    """A Problem 422 for a value that cannot be, or a window that cannot be computed.

    Looked at for all parameters of the route and of what it depends on, before any of them reads the database.
    """
    await need_known_query(request)
    route = request.scope["route"]
    assert isinstance(route, APIRoute)  # noqa: S101  - the API and heavy pages have no others
    _need_right_window(request, route.dependant, _values(request, route.dependant))


def _need_known_keys(request: Request, known: Sequence[str], repeatable: Collection[str]) -> None:
    given = Counter(key for key, _ in request.query_params.multi_items())
    listed = f"known here are {', '.join(known)}" if known else "this address has none"
    found = [Mistake(place=f"query.{key}", message=f"Unknown key: {listed}.") for key in given if key not in known]
    found += [
        Mistake(place=f"query.{key}", message="Give it once.")
        for key in known
        if given[key] > 1 and key not in repeatable
    ]
    if found:
        detail = "; ".join(f"{one.place}: {one.message}" for one in found)
        raise Problem(422, detail, "Correct what 'errors' lists.", found)


def _values(request: Request, dependant: Dependant) -> dict[str, Any]:
    """The values of the address by their keys, or an error that lists each that cannot be."""
    values: dict[str, Any] = {}
    errors: dict[tuple[Any, ...], Any] = {}
    for one in _all(dependant):
        for fields, received in ((one.path_params, request.path_params), (one.query_params, request.query_params)):
            found, wrong = request_params_to_args(fields, received)
            values |= {field.alias: found[field.name] for field in fields if field.name in found}
            errors |= {tuple(error["loc"]): error for error in wrong}
    if errors:
        raise RequestValidationError(list(errors.values()))
    return values


def _need_right_window(request: Request, dependant: Dependant, values: Mapping[str, Any]) -> None:
    from_, to = values.get("from"), values.get("to")
    days = longest_days(dependant)
    if days is None:
        need_order(from_, to)
        return
    if isinstance(from_, date) and not isinstance(from_, datetime):
        need_length(from_, values["to"], days)
        return
    longest_us = days * DAY_US
    policy = values.get("policy")
    if policy is not None and policy != context_of(request).plant.policy:
        longest_us = min(longest_us, LONGEST_US)
    need_window(values.get("window"), from_, to, to_us(datetime.now(UTC)), longest_us, "window" in values)


def longest_days(dependant: Dependant) -> int | None:
    """How long a window may be, where the route computes one; see `Longest` of mes/web/windows.py."""
    metadata = [one for field in _queries(dependant) if field.alias == "to" for one in field.field_info.metadata]
    return max((one.days for one in metadata if isinstance(one, Longest)), default=None)


def _all(dependant: Dependant) -> Iterator[Dependant]:
    """A route's own parameters, and those of everything that it depends on."""
    yield dependant
    for one in dependant.dependencies:
        yield from _all(one)


def _queries(dependant: Dependant) -> Iterator[ModelField]:
    for one in _all(dependant):
        yield from one.query_params


def _lists_of(dependant: Dependant) -> set[str]:
    return {field.alias for field in _queries(dependant) if field_annotation_is_sequence(field.field_info.annotation)}


def keys_of(dependant: Dependant) -> set[str]:
    """The keys of an address that a route takes, itself or by what it depends on."""
    return {field.alias for field in _queries(dependant)}
