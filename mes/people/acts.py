"""A change by its address → the action that it is. Pure."""

from mes.people.roles import Action

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
# The begin of an address after /api/v1, and what changing it is; the longest begin that fits holds.
CHANGES: dict[str, Action] = {
    "/edits": Action.CORRECT,
    "/equipment/{id}/edits": Action.CORRECT,
    "/equipment/{id}/ideal-cycles": Action.DEFINE,
    "/calendar": Action.CALENDAR,
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
    "/offline-batches": Action.EXECUTE,
    "/conflicts": Action.EXECUTE,
    "/alarms": Action.ACKNOWLEDGE,
    "/people": Action.ADMINISTER,
    "/role-grants": Action.ADMINISTER,
}


def action_of(address: str, command: str | None = None) -> Action | None:
    """The action of a change at an address of the API, with its command where it has one; None for one not listed."""
    if address.endswith(f"/{COMMAND}"):
        return COMMANDS.get(command or "")
    begins = [begin for begin in CHANGES if address == begin or address.startswith(f"{begin}/")]
    return CHANGES[max(begins, key=len)] if begins else None
