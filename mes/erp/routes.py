"""/api/v1: what the ERP may ask and tell."""

from fastapi import APIRouter, Depends

from mes.alarms import routes as alarms
from mes.alarms import routes_figures as alarm_figures
from mes.alarms.rosters import routes as rosters
from mes.erp import routes_calendar, routes_documents, routes_equipment, routes_ideal_cycles, routes_targets
from mes.erp.b2mml import routes as b2mml
from mes.erp.entries import routes as entries
from mes.erp.events import routes as events
from mes.erp.reconciliation import routes as reconciliation
from mes.erp.webhooks import routes as webhooks
from mes.evidence import routes as receipts
from mes.evidence import routes_certificate, routes_restatements
from mes.feed import routes_audit
from mes.losses import routes as losses
from mes.losses import routes_edits, routes_flow
from mes.maintenance import routes as andon
from mes.maintenance import routes_requests as maintenance
from mes.maintenance import routes_run_hours as run_hours
from mes.nodes import routes as nodes
from mes.orders import routes as orders
from mes.orders import routes_bulk as bulk
from mes.orders import routes_operations as operations
from mes.orders.confirmations import routes as confirmations
from mes.orders.production_events import routes as production_events
from mes.orders.products import routes as products
from mes.orders.quantities import routes as quantities
from mes.orders.quantities import routes_reasons as reasons
from mes.people import routes_people, routes_sign_on
from mes.people.notes import routes as notes
from mes.quality import routes as quality
from mes.quality import routes_charts, routes_defects
from mes.reports import routes as reports
from mes.values import routes as values
from mes.web.access.keys import need_key, scoped
from mes.web.access.scopes import Scope
from mes.web.asked import need_right_address
from mes.web.problems import RESPONSES

DESCRIPTION = """
Numbers that can be proven: every KPI comes with its time elements, its completeness, bounds for what was not seen,
whether it is still provisional, and the policy by which it was made.

**Times** are ISO 8601 with a zone; answers are UTC. In an address write `Z`, or `%2B` for `+`.

**Bounds**: dates lie from 2000 to 2199. A key that a route does not know, in an address or a body, is a mistake (422).

**Lists** come in pages: send `next_cursor` back as `cursor`.

**Errors** are `application/problem+json` (RFC 9457) with a `cure`.

**Retries**: give each change an `Idempotency-Key`; sent again with the same key and body it is made once.

**Keys**: send `Authorization: Bearer <key>`, a key of `shopfloor client add` or of `SHOPFLOOR_API_KEY_<WHO>`; the name
is written into every journal. Each route needs one scope; without it the answer is 403.
"""
TAGS = [
    {
        "name": "equipment",
        "description": "Site, lines and machines (ISA-95): states, counts, tags and their values, KPIs, losses, stops.",
    },
    {
        "name": "corrections",
        "description": "What people correct on the tapes: states, boundaries, reasons.",
    },
    {"name": "calendar", "description": "Shifts, breaks, and dated exceptions: holidays, overtime, extra shifts."},
    {"name": "orders", "description": "Production orders, their operations and progress."},
    {"name": "products", "description": "Products, their versions, routings, drawings and work instructions."},
    {
        "name": "quantities",
        "description": "What was made, by counters and by people, and the time that was spent on it.",
    },
    {"name": "confirmations", "description": "What was told of an operation, numbered and never changed."},
    {"name": "b2mml", "description": "Orders in and confirmations out as documents of B2MML 7 (ISA-95 as XML)."},
    {"name": "feed", "description": "Events by cursor, how far each consumer has read, and webhooks."},
    {"name": "reconciliation", "description": "What a connected ERP was told, and where its numbers differ."},
    {"name": "quality", "description": "Inspections and their plans, control charts, defects and holds."},
    {"name": "entries", "description": "What people enter at tablets, and what of it waits for a person."},
    {"name": "nodes", "description": "Edge agents: connection, newest frame, clocks."},
    {"name": "alarms", "description": "Alarms (ISA-18.2) and their acknowledgement."},
    {"name": "notes", "description": "What a shift tells the next one."},
    {"name": "reports", "description": "Which report goes to whom by e-mail, and when."},
    {"name": "maintenance", "description": "What maintenance is to do: opened by alarms, closed with them."},
    {"name": "andon", "description": "Calls for help from a machine, and who is on the way."},
    {"name": "access", "description": "Persons and their roles; tokens for programs; who did what."},
    {"name": "audit", "description": "The loss certificate: where every sample is."},
]
# In the order in which addresses are looked up; what changes here needs the scope, what only reads needs `read`.
PARTS: tuple[tuple[Scope, APIRouter], ...] = (
    ("read", routes_equipment.router),
    ("read", routes_equipment.heavy),
    ("read", values.router),
    ("read", values.heavy),
    ("read", losses.router),
    ("read", routes_flow.router),
    ("read", receipts.router),
    ("execution", routes_edits.router),
    ("read", routes_restatements.router),
    ("master", routes_ideal_cycles.router),
    ("master", routes_calendar.router),
    ("master", routes_calendar.heavy),
    ("master", routes_targets.router),
    ("orders", orders.router),
    ("orders", bulk.router),
    ("confirmations", confirmations.router),
    ("orders", b2mml.router),
    ("execution", operations.router),
    ("master", products.router),
    ("read", quantities.heavy),
    ("execution", quantities.router),
    ("execution", production_events.router),
    ("master", reasons.router),
    ("feed", events.router),
    ("feed", webhooks.router),
    ("feed", routes_documents.router),
    ("feed", reconciliation.router),
    ("quality", quality.heavy),
    ("quality", quality.router),
    ("quality", routes_defects.router),
    ("quality", routes_charts.router),
    ("quality", routes_charts.heavy),
    ("people", routes_people.router),
    ("people", routes_sign_on.router),
    ("admin", routes_people.grants),
    ("admin", routes_audit.router),
    ("execution", entries.router),
    ("read", nodes.router),
    ("alarms", alarms.router),
    ("read", alarm_figures.router),
    ("alarms", rosters.router),
    ("people", rosters.people),
    ("alarms", andon.router),
    ("alarms", maintenance.router),
    ("alarms", run_hours.router),
    ("execution", notes.router),
    ("master", reports.router),
    ("read", routes_certificate.router),
)
PREFIX = "/api/v1"
router = APIRouter(dependencies=[Depends(need_key), Depends(need_right_address)], responses=RESPONSES)
for scope, part in PARTS:
    # Persons and what they did are not for everybody who may see numbers.
    router.include_router(scoped(part, scope, scope if scope in ("people", "admin") else "read"))
