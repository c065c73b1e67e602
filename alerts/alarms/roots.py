"""An alarm that is about to be raised, and those that stand → the one from which it follows, if any. Pure.

From the structure of the plant (site > edge agent > device > machine; along a line, a machine that waits follows from
the one that it waits for), and from `suppressed_by` of its rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alerts.rules.common_cause import Group, groups_of
from alerts.rules.judge import Finding, Key
from alerts.rules.tapes import Verdict, concerns
from config.plant import Plant
from config.rules.kinds import DataLoss, NoData, Stopped
from config.rules.rule import Rule


@dataclass
class Roots:
    """What follows from what in a plant."""

    plant: Plant
    groups: Mapping[str, Group] = field(init=False)
    rules: Mapping[str, Rule] = field(init=False)

    def __post_init__(self) -> None:
        """Looked up for each alarm of a flood."""
        self.groups = {group.subject: group for group in groups_of(self.plant)}
        self.rules = {rule.id: rule for rule in self.plant.rules}
        self.lines = [[machine.id for machine in line.machines] for line in self.plant.lines]

    def in_order(self, findings: Sequence[Finding]) -> list[Finding]:
        """Roots before what follows from them, all else in the order in which it became true."""
        return sorted(findings, key=self._depth)

    def _depth(self, finding: Finding) -> tuple[int, int]:
        if finding.verdict is not Verdict.ON or finding.rule is None:
            return 0, 0
        depth = self._rule_depth(finding.rule)
        place = self._place(finding.machine)
        if finding.waits_for == "upstream":
            return depth + 1, place
        if finding.waits_for == "downstream":
            return depth + 1, -place
        if isinstance(finding.rule, NoData | DataLoss) and finding.key[1] not in self.groups:
            return depth + 1, place
        return depth, 0

    def _rule_depth(self, rule: Rule) -> int:
        return 1 + max((self._rule_depth(self.rules[root]) for root in rule.suppressed_by), default=-1)

    def root_of(self, finding: Finding, standing: Sequence[Key]) -> Key | None:
        """The key of the alarm from which this one follows; `standing` are active and follow from none themselves."""
        others = [key for key in standing if key != finding.key]
        return (
            self._by_rule(finding, others) or self._by_group(finding, others) or self._along_the_line(finding, others)
        )

    def _by_rule(self, finding: Finding, standing: Sequence[Key]) -> Key | None:
        roots = finding.rule.suppressed_by if finding.rule else ()
        for key in standing:
            if key[0] in roots and self._reaches(key, finding.machine):
                return key
        return None

    def _reaches(self, root: Key, machine: str | None) -> bool:
        """One that watches the machine too must be about it; one that watches others only holds for all."""
        group, rule = self.groups.get(root[1]), self.rules[root[0]]
        if machine is None or not concerns(rule, [machine]):
            return True
        return machine in group.machines if group else root[1].split("/", maxsplit=1)[0] == machine

    def _by_group(self, finding: Finding, standing: Sequence[Key]) -> Key | None:
        """Silence of all machines of a group explains that of each, of smaller groups, and what their agent lost."""
        if not isinstance(finding.rule, NoData | DataLoss):
            return None
        own = self.groups.get(finding.key[1])
        for key in standing:
            group = self.groups.get(key[1])
            if group is None or not isinstance(self.rules[key[0]], NoData):
                continue
            smaller = own is not None and own.machines < group.machines
            if smaller or finding.machine in group.machines or (group.kind, group.id) == ("edge", finding.key[1]):
                return key
        return None

    def _along_the_line(self, finding: Finding, standing: Sequence[Key]) -> Key | None:
        """The nearest machine that stands, on the side from which this one waits."""
        stopped = {key[1]: key for key in standing if isinstance(self.rules.get(key[0]), Stopped)}
        line = next((line for line in self.lines if finding.machine in line), [])
        if finding.waits_for is None or finding.machine is None:
            return None
        at = line.index(finding.machine)
        side = line[:at][::-1] if finding.waits_for == "upstream" else line[at + 1 :]
        return next((stopped[machine] for machine in side if machine in stopped), None)

    def _place(self, machine: str | None) -> int:
        return next((line.index(machine) for line in self.lines if machine in line), 0) if machine else 0
