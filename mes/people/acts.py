"""What is asked, by its address → the action that it is. Pure."""

from mes.people.roles import Action
from mes.web.access.scopes import Scope

COMMAND = "{command}"
COMMANDS: dict[str, Action] = {
    "create": Action.ORDER,
    "release": Action.ORDER,
    "revoke": Action.ORDER,
    "cancel": Action.ORDER,
    "start": Action.EXECUTE,
    "pause": Action.EXECUTE,
    "resume": Action.EXECUTE,
    "complete": Action.EXECUTE,
    "abort": Action.EXECUTE,
    "undo": Action.CORRECT,
    "close": Action.CLOSE,
    "reopen": Action.CLOSE,
}
API = "/api/v1"
# The begin of an address after /api/v1, and what changing it is; the longest begin that fits holds.
CHANGES: dict[str, Action] = {
    "/edits": Action.CORRECT,
    "/equipment/{id}/edits": Action.CORRECT,
    "/equipment/{id}/ideal-cycles": Action.DEFINE,
    "/calendar": Action.CALENDAR,
    "/equipment/{id}/targets": Action.CALENDAR,
    "/orders": Action.ORDER,
    "/bulk/orders": Action.ORDER,
    "/b2mml/operations-schedule": Action.ORDER,
    "/orders/{id}/start": Action.EXECUTE,
    "/operations/{id}/confirmations": Action.CONFIRM,
    "/operations/{id}/confirmations/{number}/reverse": Action.CLOSE,
    "/operations/{id}/undo": Action.CORRECT,
    "/operations/{id}/move": Action.CORRECT,
    "/operations/{id}/split": Action.ORDER,
    "/operations/{id}/plan": Action.ORDER,
    "/products": Action.DEFINE,
    "/product-versions": Action.DEFINE,
    "/production-quantities": Action.EXECUTE,
    "/production-quantities/{id}/correct": Action.CORRECT,
    "/production-events": Action.EXECUTE,
    "/production-events/{id}/correct": Action.CORRECT,
    "/reasons": Action.DEFINE,
    "/consumers": Action.ADMINISTER,
    "/webhooks": Action.ADMINISTER,
    "/documents": Action.CONFIRM,
    "/reconciliation": Action.CONFIRM,
    "/inspection-plans": Action.PLAN_QUALITY,
    "/characteristics": Action.PLAN_QUALITY,
    "/inspections": Action.INSPECT,
    "/inspections/{id}/corrections": Action.CORRECT,
    "/defects": Action.INSPECT,
    "/defects/{id}/disposition": Action.DISPOSE,
    "/holds": Action.INSPECT,
    "/holds/{id}/release": Action.DISPOSE,
    # What an entry of a tablet is, machine by machine.
    "/offline-batches": Action.EXECUTE,
    "/offline-batches/{machine}/inspection": Action.INSPECT,
    "/offline-batches/{machine}/call": Action.ACKNOWLEDGE,
    "/conflicts": Action.EXECUTE,
    "/alarms": Action.ACKNOWLEDGE,
    "/alarms/{id}/shelve": Action.SHELVE,
    "/alarms/{id}/unshelve": Action.SHELVE,
    "/alarms/{id}/out-of-service": Action.TAKE_OUT,
    "/alarms/{id}/in-service": Action.TAKE_OUT,
    "/andon-calls": Action.ACKNOWLEDGE,
    "/rosters": Action.ROSTER,
    "/roster-overrides": Action.ROSTER,
    "/escalation-policies": Action.ROSTER,
    "/notification-rules": Action.ROSTER,
    "/skills": Action.ADMINISTER,
    "/maintenance-requests": Action.SHELVE,
    "/run-hours": Action.SHELVE,
    "/shift-notes": Action.SIGN_ON,
    "/report-schedules": Action.CALENDAR,
    "/people": Action.ADMINISTER,
    "/role-grants": Action.ADMINISTER,
    "/sign-ons": Action.SIGN_ON,
}


# And who reads these sees persons, or what they did.
PRIVATE: dict[str, Action] = {
    "/people": Action.ADMINISTER,
    "/audit-entries": Action.ADMINISTER,
    "/skills": Action.ADMINISTER,
    "/sign-ons": Action.REGISTER,
}
# What a form of a page changes, by its whole address. None: whoever it is, nobody among them.
FORMS: dict[str, Action | None] = {
    "/demo": None,
    "/first": None,
    "/login": None,
    "/logout": None,
    "/calendar": Action.CALENDAR,
    "/targets/{line}": Action.CALENDAR,
    "/board/{id_}/place": Action.ORDER,
    "/board/{id_}/release": Action.ORDER,
    "/me/end-others": None,
    "/me/language": None,
    "/me/password": None,
    "/password": None,
    "/people": Action.ADMINISTER,
    "/people/{id}/{act}": Action.ADMINISTER,
    "/oauth/token": None,
    "/acknowledge": None,
    "/push": Action.ACKNOWLEDGE,
    "/push/end": None,
    "/alarms/{alarm_id}/acknowledge": Action.ACKNOWLEDGE,
    "/alarms/{alarm_id}/comment": Action.ACKNOWLEDGE,
    "/alarms/{alarm_id}/confirm": Action.ACKNOWLEDGE,
    "/alarms/{alarm_id}/reset": Action.ACKNOWLEDGE,
    "/alarms/{alarm_id}/shelve": Action.SHELVE,
    "/alarms/{alarm_id}/unshelve": Action.SHELVE,
    "/alarms/{alarm_id}/out-of-service": Action.TAKE_OUT,
    "/alarms/{alarm_id}/in-service": Action.TAKE_OUT,
    "/report/notes": Action.SIGN_ON,
    "/report/schedules": Action.CALENDAR,
    "/report/schedules/{id_}/end": Action.CALENDAR,
    "/rules/try": Action.DEFINE,
    "/on-call/feed": Action.ACKNOWLEDGE,
    "/on-call/overrides": Action.ROSTER,
    "/on-call/overrides/{id}/end": Action.ROSTER,
    "/on-call/policies": Action.ROSTER,
    "/on-call/rosters": Action.ROSTER,
    "/on-call/ways": Action.ACKNOWLEDGE,
    "/on-call/ways/{id}/end": Action.ACKNOWLEDGE,
    "/maintenance/{id_}/close": Action.SHELVE,
    "/calls": Action.ACKNOWLEDGE,
    "/calls/{id_}/answer": Action.ACKNOWLEDGE,
    "/calls/{id_}/end": Action.ACKNOWLEDGE,
    "/orders/{id}/labour/{entry}/end": Action.EXECUTE,
    "/orders/{id}/operations/{operation}/labour/begin": Action.EXECUTE,
    "/orders/{id}/operations/{operation}/report/quantity": Action.EXECUTE,
    "/quality/holds": Action.INSPECT,
    "/quality/holds/{id_}/release": Action.DISPOSE,
    "/plant/apply": Action.CONNECT,
    "/plant/check": Action.CONNECT,
    "/quality/inspect/{id_}": Action.INSPECT,
    "/setup/discover": Action.CONNECT,
    "/setup/found/{id_}/choose": Action.CONNECT,
    "/setup/found/{id_}/stop": Action.CONNECT,
    "/setup/site": Action.CONNECT,
    "/station/chosen": None,
    "/station/end": Action.REGISTER,
    "/station/register": Action.REGISTER,
    "/station/sign-off": None,
    "/station/sign-on": None,
    "/stops/{id_}/reason": Action.EXECUTE,
    "/stops/{id_}/undo/{edit}": Action.EXECUTE,
}
# The begin of a page's address, and what looking at it is: what is to see is for everybody who reaches it.
PAGES: dict[str, Action] = {
    "/": Action.SEE,
    "/acknowledge": Action.SEE,
    "/alarms": Action.SEE,
    "/alarm-figures": Action.SEE,
    "/detectors": Action.SEE,
    "/rules": Action.SEE,
    "/audit": Action.ADMINISTER,
    "/ca": Action.SEE,
    "/ca.crt": Action.SEE,
    "/calls": Action.SEE,
    "/maintenance": Action.SEE,
    "/cycles": Action.SEE,
    "/demo": Action.SEE,
    "/board": Action.SEE,
    "/calendar": Action.SEE,
    "/crew": Action.REGISTER,
    "/docs": Action.SEE,
    "/explain": Action.SEE,
    "/figures": Action.SEE,
    "/first": Action.SEE,
    "/flow": Action.SEE,
    "/effort": Action.SEE,
    "/health": Action.SEE,
    "/login": Action.SEE,
    "/me": Action.SEE,
    "/metrics": Action.SEE,
    "/nodes": Action.SEE,
    "/on-call": Action.SEE,
    "/openid": Action.SEE,
    "/operator": Action.SEE,
    "/orders": Action.SEE,
    "/password": Action.SEE,
    "/people": Action.ADMINISTER,
    "/plant": Action.CONNECT,
    "/policies": Action.SEE,
    "/products": Action.SEE,
    "/push": Action.SEE,
    "/quality": Action.SEE,
    "/report": Action.SEE,
    "/reconciliation": Action.SEE,
    "/setup": Action.CONNECT,
    "/station": Action.SEE,
    "/stops": Action.SEE,
    "/tags": Action.SEE,
    "/targets": Action.SEE,
    "/trends": Action.SEE,
    "/wall": Action.SEE,
    "/wall-site": Action.SEE,
    "/walls": Action.SEE,
}


# A program that is logged in on a page needs one of these scopes, as its requests to the API do.
SCOPES: dict[Action, frozenset[Scope]] = {
    Action.EXECUTE: frozenset({"execution"}),
    Action.CORRECT: frozenset({"execution"}),
    Action.ORDER: frozenset({"orders", "execution"}),
    Action.CLOSE: frozenset({"confirmations", "execution"}),
    Action.INSPECT: frozenset({"quality"}),
    Action.DISPOSE: frozenset({"quality"}),
    Action.MOVE: frozenset({"material"}),
    Action.ACKNOWLEDGE: frozenset({"alarms"}),
    Action.SHELVE: frozenset({"alarms"}),
    Action.TAKE_OUT: frozenset({"alarms"}),
    Action.ROSTER: frozenset({"alarms"}),
    Action.PROPOSE: frozenset({"planning"}),
    Action.APPLY: frozenset({"planning"}),
    Action.PLAN_QUALITY: frozenset({"quality"}),
    Action.DEFINE: frozenset({"master"}),
    Action.CONFIRM: frozenset({"confirmations"}),
    Action.SIGN_ON: frozenset({"people", "execution"}),
    Action.CALENDAR: frozenset({"master"}),
    Action.CONNECT: frozenset({"admin"}),
    Action.REGISTER: frozenset({"admin"}),
    Action.ADMINISTER: frozenset({"admin"}),
}


class NotListed(LookupError):
    """An address stands in none of these tables."""


def action_of(method: str, address: str, command: str | None = None) -> Action | None:
    """The action, by the address of a route and its command where it has one; None: whoever it is; or NotListed."""
    if address.startswith(f"{API}/"):
        rest = address.removeprefix(API)
        if method == "GET":
            return _longest(PRIVATE, rest) or Action.SEE
        found = _command(command) if rest.endswith(f"/{COMMAND}") else _longest(CHANGES, rest)
    elif method == "GET":
        found = _longest(PAGES, address)
    elif address.endswith(f"/{COMMAND}"):
        found = _command(command)
    elif address in FORMS:
        return FORMS[address]
    else:
        found = None
    if found is None:
        raise NotListed(f"{method} {address}")
    return found


def _command(command: str | None) -> Action | None:
    return COMMANDS.get(command or "")


def _longest(table: dict[str, Action], address: str) -> Action | None:
    begins = [begin for begin in table if address == begin or address.startswith(f"{begin}/")]
    return table[max(begins, key=len)] if begins else None
