"""Standards that say what a machine does, by name → conditions over the tags that follow them.

Where a standard's state may be booked in more than one way, docs/signals.md tells which way is taken here and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.expression import spoken
from config.state_rules import StateRule, StateWord

# PackTags 3.0 of ISA-TR88.00.02; 0 is undefined.
PACKML_STATES = {
    "Clearing": 1,
    "Stopped": 2,
    "Starting": 3,
    "Idle": 4,
    "Suspended": 5,
    "Execute": 6,
    "Stopping": 7,
    "Aborting": 8,
    "Aborted": 9,
    "Holding": 10,
    "Held": 11,
    "Unholding": 12,
    "Suspending": 13,
    "Unsuspending": 14,
    "Resetting": 15,
    "Completing": 16,
    "Complete": 17,
}
PACKML_MODES = {"Production": 1, "Maintenance": 2, "Manual": 3}
# OPC 40001-1, MachineryItemState and MachineryOperationMode.
ITEM_STATES = {"NotAvailable": 0, "OutOfService": 1, "NotExecuting": 2, "Executing": 3}
OPERATION_MODES = {"None": 0, "Maintenance": 1, "Setup": 2, "Processing": 3}
# An input that is a bit: it is on.
ON = ("on",)
Rule = tuple[StateWord, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Profile:
    """`codes`: for each input its standard's names with their numbers, none for a bit; `needed` cannot be left out.

    A rule is a word and, for each input that it looks at, the values that it may have; the first that fits counts.
    A rule that looks at an input which is left out is left out too.
    """

    codes: Mapping[str, Mapping[str, int]]
    needed: tuple[str, ...]
    rules: tuple[Rule, ...]
    otherwise: StateWord | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """The tag that serves as an input of a profile."""

    tag: str
    is_text: bool = field(default=False)


SUSPENDED = ("Suspending", "Suspended", "Unsuspending")
PROFILES: Mapping[str, Profile] = {
    "packml": Profile(
        codes={"state": PACKML_STATES, "mode": PACKML_MODES, "starved": {}, "blocked": {}},
        needed=("state",),
        rules=(
            ("down", {"state": ("Aborting", "Aborted", "Clearing")}),
            ("maintenance", {"mode": ("Maintenance",)}),
            ("setup", {"mode": ("Manual",)}),
            ("running", {"state": ("Execute",)}),
            ("blocked", {"state": SUSPENDED, "blocked": ON}),
            ("starved", {"state": SUSPENDED, "starved": ON}),
            ("starved", {"state": SUSPENDED}),
            ("stopped", {"state": ("Stopping", "Stopped", "Holding", "Held", "Unholding")}),
            ("idle", {"state": ("Idle", "Resetting", "Starting", "Completing", "Complete")}),
        ),
    ),
    "opcua-machinery": Profile(
        codes={"item_state": ITEM_STATES, "operation_mode": OPERATION_MODES},
        needed=("item_state", "operation_mode"),
        rules=(
            ("maintenance", {"operation_mode": ("Maintenance",)}),
            ("setup", {"operation_mode": ("Setup",)}),
            ("down", {"item_state": ("OutOfService",)}),
            ("running", {"item_state": ("Executing",)}),
            ("idle", {"item_state": ("NotExecuting",)}),
            ("stopped", {"item_state": ("NotAvailable",)}),
        ),
    ),
    "run-fault": Profile(
        codes={name: {} for name in ("run", "fault", "starved", "blocked", "setup", "maintenance")},
        needed=("run",),
        rules=(
            ("maintenance", {"maintenance": ON}),
            ("down", {"fault": ON}),
            ("setup", {"setup": ON}),
            ("blocked", {"blocked": ON}),
            ("starved", {"starved": ON}),
            ("running", {"run": ON}),
        ),
        otherwise="stopped",
    ),
}


def wrong_inputs(name: str, inputs: Mapping[str, str]) -> str | None:
    """What is wrong with the inputs that are given to a profile, or None."""
    profile = PROFILES[name]
    unknown = sorted(inputs.keys() - profile.codes.keys())
    missing = [one for one in profile.needed if one not in inputs]
    if unknown or missing:
        what = f"has no '{unknown[0]}'" if unknown else f"needs '{missing[0]}'"
        may = ", ".join(one + ("" if one in profile.needed else " (optional)") for one in profile.codes)
        return f"profile '{name}' {what} in 'of'; its inputs are {may}, each the name of a tag of this machine"
    return None


def rules_of(name: str, inputs: Mapping[str, Input]) -> tuple[StateRule, ...]:
    """The profile as conditions over these tags; ValueError where a bit is to be made of a text."""
    profile = PROFILES[name]
    return tuple(
        StateRule.model_validate({"if": _condition(profile, needs, inputs), "then": word})
        for word, needs in profile.rules
        if needs.keys() <= inputs.keys()
    )


def _condition(profile: Profile, needs: Mapping[str, tuple[str, ...]], inputs: Mapping[str, Input]) -> str:
    return " and ".join(_one_of(profile.codes[one], values, one, inputs[one]) for one, values in needs.items())


def _one_of(codes: Mapping[str, int], values: tuple[str, ...], name: str, given: Input) -> str:
    tag = spoken(given.tag)
    if not codes:
        if given.is_text:
            raise ValueError(f"'{name}' is a bit, and tag '{given.tag}' is a text: give it a tag that is on or off")
        return tag
    wanted = [repr(value) if given.is_text else str(codes[value]) for value in values]
    return f"{tag} in ({', '.join(wanted)},)"
