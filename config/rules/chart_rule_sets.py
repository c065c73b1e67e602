"""The names of the sets of control-chart rules, without numpy: every program reads the plant file. Pure."""

from enum import StrEnum


class RuleSet(StrEnum):
    """Which rules a chart is judged by."""

    LIMITS = "limits"
    WESTERN_ELECTRIC = "western_electric"
    NELSON = "nelson"
