"""A key in an address that the route does not know is a mistake; ignored, it would change the answer."""

from collections import Counter

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from mes.web.problems import Mistake, Problem


def need_known_query(request: Request) -> None:
    """A Problem 422 for a key that the route has not declared, and for one that is given twice."""
    given = Counter(key for key, _ in request.query_params.multi_items())
    if not given:
        return
    route = request.scope["route"]
    known = sorted(_keys(route.dependant)) if isinstance(route, APIRoute) else []
    listed = f"known here are {', '.join(known)}" if known else "this address has none"
    found = [Mistake(place=f"query.{key}", message=f"Unknown key: {listed}.") for key in given if key not in known]
    found += [Mistake(place=f"query.{key}", message="Give it once.") for key in known if given[key] > 1]
    if found:
        detail = "; ".join(f"{one.place}: {one.message}" for one in found)
        raise Problem(422, detail, "Correct what 'errors' lists.", found)


def _keys(dependant: Dependant) -> set[str]:
    """What a route and everything that it depends on takes from the address."""
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_keys(one) for one in dependant.dependencies))
