"""/api/v1: what the ERP may ask and tell."""

from fastapi import APIRouter, Depends, Security
from fastapi.security import HTTPBearer

from mes.erp import (
    alarm_routes,
    audit_routes,
    calendar_routes,
    cycle_routes,
    edit_routes,
    equipment_routes,
    line_routes,
    loss_routes,
    node_routes,
    order_routes,
    receipt_routes,
    restatement_routes,
)
from mes.erp.keys import need_key
from mes.erp.problems import RESPONSES

DESCRIPTION = """
Numbers that can be proven: every KPI comes with its time elements, its completeness, bounds for what was not seen,
whether it is still provisional, and the policy by which it was made.

**Times** are ISO 8601 with a zone; answers are UTC. In an address write `Z`, or `%2B` for `+`.

**Bounds**: dates lie from 2000 to 2199. A key that a route does not know, in an address or a body, is a mistake (422).

**Lists** come in pages: send `next_cursor` back as `cursor`.

**Errors** are `application/problem+json` (RFC 9457) with a `cure`.

**Retries**: give each change an `Idempotency-Key`; sent again with the same key and body it is made once.

**Keys**: with `SHOPFLOOR_API_KEY_<WHO>` set, send `Authorization: Bearer <key>`; `<who>` is written into every journal.
"""
TAGS = [
    {
        "name": "equipment",
        "description": "Site, lines and machines (ISA-95): states, counts, KPIs, losses, stops.",
    },
    {
        "name": "corrections",
        "description": "What people correct on the tapes: states, boundaries, reasons.",
    },
    {"name": "calendar", "description": "Shifts, breaks, and dated exceptions: holidays, overtime, extra shifts."},
    {"name": "orders", "description": "Production orders and their progress."},
    {"name": "nodes", "description": "Edge agents: connection, newest frame, clocks."},
    {"name": "alarms", "description": "Alarms (ISA-18.2) and their acknowledgement."},
    {"name": "audit", "description": "The loss certificate: where every sample is."},
]
bearer = HTTPBearer(auto_error=False, description="A key from SHOPFLOOR_API_KEY_<WHO>.")


router = APIRouter(prefix="/api/v1", dependencies=[Security(bearer), Depends(need_key)], responses=RESPONSES)
router.include_router(equipment_routes.router)
router.include_router(equipment_routes.heavy)
router.include_router(loss_routes.router)
router.include_router(line_routes.router)
router.include_router(receipt_routes.router)
router.include_router(edit_routes.router)
router.include_router(restatement_routes.router)
router.include_router(cycle_routes.router)
router.include_router(calendar_routes.router)
router.include_router(calendar_routes.heavy)
router.include_router(order_routes.router)
router.include_router(node_routes.router)
router.include_router(alarm_routes.router)
router.include_router(audit_routes.router)
