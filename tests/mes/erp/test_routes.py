"""Each route of the API needs exactly one scope, says so in its description, and holds to it."""

import re
from typing import Any

import pytest

from mes.web.access.scopes import ALL, SCOPES
from tests.mes.erp.api_operations import OPERATIONS
from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant

# Written by hand, from what a plant wants to keep apart: the begin of an address, and what it takes to change it.
CHANGES = {
    "/orders": "orders",
    "/bulk/orders": "orders",
    "/b2mml": "orders",
    "/operations": "execution",
    "/operations/{id}/confirmations": "confirmations",
    "/production-events": "execution",
    "/production-quantities": "execution",
    "/reasons": "master",
    "/products": "master",
    "/product-versions": "master",
    "/edits": "execution",
    "/equipment/{id}/edits": "execution",
    "/equipment/{id}/ideal-cycles": "master",
    "/equipment/{id}/targets": "master",
    "/calendar": "master",
    "/inspection-plans": "quality",
    "/inspections": "quality",
    "/characteristics": "quality",
    "/defects": "quality",
    "/holds": "quality",
    "/consumers": "feed",
    "/documents": "feed",
    "/reconciliation": "feed",
    "/webhooks": "feed",
    "/offline-batches": "execution",
    "/conflicts": "execution",
    "/alarms": "alarms",
    "/andon-calls": "alarms",
    "/rosters": "alarms",
    "/roster-overrides": "alarms",
    "/escalation-policies": "alarms",
    "/notification-rules": "alarms",
    "/skills": "people",
    "/maintenance-requests": "alarms",
    "/run-hours": "alarms",
    "/shift-notes": "execution",
    "/report-schedules": "master",
    "/people": "people",
    "/people/{id}/role-grants": "admin",
    "/role-grants": "admin",
    "/sign-ons": "people",
}
# Who reads these sees persons, or what they did.
PRIVATE = {"/audit-entries": "admin", "/people": "people", "/skills": "people", "/sign-ons": "people"}


def scope(method: str, path: str) -> str:
    table = PRIVATE if method == "GET" else CHANGES
    begins = [begin for begin in table if path == begin or path.startswith(f"{begin}/")]
    assert begins or method == "GET", f"a new route, {method} {path}: say here what it takes, and in docs/access.md"
    return table[max(begins, key=len)] if begins else "read"


@pytest.mark.parametrize(("method", "path", "said"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS])
def test_the_description_of_each_route_names_its_one_scope(method: str, path: str, said: dict[str, Any]) -> None:
    expected = scope(method, path)

    assert said["security"] == [{"HTTPBearer": [expected]}, {"OAuth2": [expected]}]
    assert said["description"].endswith(f"\n\nScope: `{expected}`.")
    assert "403" in said["responses"]


def test_every_scope_is_explained() -> None:
    assert set(SCOPES) == ALL


async def test_each_route_refuses_a_key_that_has_all_scopes_but_its_own(database: str) -> None:
    keys = {one: f"only-{one}-0123456789" for one in sorted(ALL)} | {
        f"not-{one}": f"all-but-{one}-0123456789" for one in sorted(ALL)
    }
    given = {one: one for one in ALL} | {f"not-{one}": ",".join(ALL - {one}) for one in ALL}
    wrong = []
    async with client(database, plant(), keys, scopes=given) as http:
        for method, path, _ in OPERATIONS:
            address, needed = "/api/v1" + re.sub(r"\{\w+\}", "x", path), scope(method, path)
            refused = await http.request(method, address, headers={"Authorization": f"Bearer {keys[f'not-{needed}']}"})
            taken = await http.request(method, address, headers={"Authorization": f"Bearer {keys[needed]}"})
            if refused.status_code != 403 or taken.status_code in (401, 403):
                wrong.append((method, path, refused.status_code, taken.status_code))

    assert wrong == []
