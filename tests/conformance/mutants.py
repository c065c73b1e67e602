"""Known ways to get KPIs wrong, built into a copy of the engine: which test sees each? `make mutants`."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.conformance.run import answers, differences, vectors  # noqa: E402  - a script finds its own tree

FOLDERS = ("config", "contract", "mes", "tests/conformance", "tests/mes", "tests/support")
NEEDED = (*FOLDERS, "tests/times.py", "pyproject.toml")


@dataclass(frozen=True)
class Mutant:
    """A mistake: in a file of the engine, what is replaced by what. The text must stand there exactly once."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = (
    Mutant("count-weighted quality", "mes/kpi/formulas.py", "(c.good, c.ideal)", "(c.total - c.reject, c.total)"),
    Mutant(
        "rounded intermediates",
        "mes/kpi/formulas.py",
        "product *= Fraction(numerator, denominator)",
        "product *= Fraction(round(numerator / denominator, 4))",
    ),
    Mutant(
        "24-hour days",
        "config/shifts.py",
        "datetime.combine(day, clock, zone).astimezone(UTC)",
        "(datetime.combine(day, clock, UTC) - datetime(2026, 1, 1, tzinfo=zone).utcoffset())",
    ),
    Mutant(
        "capped performance",
        "mes/kpi/formulas.py",
        "(c.ideal, c.producing)",
        "(min(c.ideal, c.producing), c.producing)",
    ),
    Mutant(
        "averaged percentages",
        "mes/kpi/rollup.py",
        "zip(*map(VALUES, parts), strict=True)",
        "zip(*([n * 10**9 // (p.planned or 1) for n in VALUES(p)] for p in parts), strict=True)",
    ),
    Mutant(
        "lost last interval",
        "mes/kpi/intervals.py",
        "inner = (begin >= axis.from_us) & (begin < axis.to_us)",
        "inner = (begin >= axis.from_us) & ~np.isin(np.roll(edges, -1), ends) & (begin < axis.to_us)",
    ),
    Mutant("NO_DATA in the denominator", "mes/kpi/formulas.py", "(c.producing, c.planned)", "(c.producing, c.pbt)"),
    Mutant(
        "0 instead of undefined",
        "mes/kpi/formulas.py",
        "            return None\n        product *=",
        "            return Fraction(0)\n        product *=",
    ),
    Mutant(
        "threshold included",
        "mes/kpi/intervals.py",
        "(length < policy.minor_stop_us)",
        "(length <= policy.minor_stop_us)",
    ),
    Mutant(
        "stop as long as the window sees it",
        "mes/kpi/intervals.py",
        "begin[fleet.first] = [one.first_since_us for one in facts]",
        "begin[fleet.first] = fleet.axis.from_us",
    ),
    Mutant(
        "held state taken for certain",
        "mes/kpi/intervals.py",
        "held = np.maximum(intervals.begin, intervals.end - fleet.silence_us[fleet.row])",
        "held = intervals.end",
    ),
    Mutant(
        "no part in flight at a silence",
        "mes/kpi/unobserved_parts.py",
        "self.made, self.left = self.made + self.left + running, 0",
        "self.made, self.left = self.made + running, 0",
    ),
    Mutant(
        "seen parts leave all the room",
        "mes/kpi/unobserved_parts.py",
        "max(self.least, self.made + self.left - min(0, self.done))",
        "self.made",
    ),
    Mutant(
        "room of one hour in the next",
        "mes/kpi/unobserved_time.py",
        "new_hour = stretches.begin % HOUR_US == 0",
        "new_hour = stretches.begin < 0",
    ),
    Mutant(
        "several parts of one reading as one",
        "mes/kpi/unobserved_parts.py",
        "not moment.stepping",
        "True",
    ),
    Mutant(
        "what a counter bridged is not believed",
        "mes/kpi/unobserved_parts.py",
        "self.made = max(self.made, self.least)",
        "pass",
    ),
    Mutant(
        "owed time may be a stop",
        "mes/kpi/scenarios.py",
        '_spent(_spent(sure, other, open_class), "producing", e.owed)',
        '_spent(_spent(sure, other, open_class), "producing", 0)',
    ),
    Mutant(
        "one ideal cycle for all",
        "mes/kpi/columns.py",
        "terms.ideal.at(facts.machine, p, a)",
        "terms.ideal.at(facts.machine, None, a)",
    ),
    Mutant("breaks are planned", "mes/kpi/times.py", "busy = planned &", "busy = stretches.scheduled &"),
    Mutant("parts of the break", "mes/kpi/quantities.py", "inside(place, fleet.planned)", "place >= 0"),
    Mutant(
        "parts of a silence as if seen",
        "mes/kpi/quantities.py",
        "seen, unseen = np.where(steps.unseen | early, zero, parts)",
        "seen, unseen = parts",
    ),
    Mutant(
        "reworked parts are good at first", "mes/kpi/quantities.py", 'good["parts"] - rework["parts"]', 'good["parts"]'
    ),
    Mutant(
        "parts since a reset lost",
        "mes/facts/counters.py",
        "np.where(set_back, raw[1:], 0)",
        "np.where(set_back, 0, 0)",
    ),
    Mutant(
        "a wrap taken for a reset",
        "mes/facts/counters.py",
        "possible & at_the_top & (wrapped <= model.wraps_at // HALF)",
        "possible & (wrapped < 0)",
    ),
    Mutant("a jump taken at its word", "mes/facts/counters.py", "found.impossible | back", "back"),
    Mutant(
        "a misread count comes back as parts",
        "mes/facts/counters.py",
        "found.impossible | back",
        "found.impossible",
    ),
    Mutant("a sentinel ends in a reset", "mes/facts/counters.py", "found.falls & ~found.spiked", "found.falls"),
    Mutant("a correction taken for a reset", "mes/facts/counters.py", "possible & far(raw)", "possible"),
    Mutant(
        "who counts in bursts is too fast",
        "mes/facts/plausible.py",
        "np.maximum(at[1:] - at[:-1], np.minimum(stood, recall))",
        "at[1:] - at[:-1]",
    ),
    Mutant("a count is a part", "mes/facts/counters.py", "parts[made] * each", "parts[made]"),
    Mutant(
        "a fall guessed to be a wrap",
        "mes/facts/counters.py",
        " or (model.resets and model.fastest_us is not None)",
        "",
    ),
    Mutant("a dead counter stands", "mes/facts/counters.py", "heard_us <= last + no_data_after_us", "heard_us >= 0"),
    Mutant(
        "who is not judged is good", "mes/kpi/quantities.py", '"more_reject": reject,', '"more_reject": reject * 0,'
    ),
    Mutant(
        "judged before it is counted",
        "mes/kpi/quantities.py",
        '"early": np.where(early',
        '"early": np.where(early & False',
    ),
    Mutant("silence as if heard", "mes/kpi/times.py", "runs & stretches.blind", "runs & False & stretches.blind"),
    Mutant("faster than ideal unheard", "mes/kpi/formulas.py", "if ideal > of > 0", "if False"),
    Mutant(
        "a silent counter hides the state",
        "mes/kpi/intervals.py",
        "_both(darkness, undecided)",
        "_both(_both(darkness, silences), undecided)",
    ),
    Mutant(
        "parts of the dark in the value", "mes/kpi/scenarios.py", "ideal=e.ideal - e.ideal_no_data", "ideal=e.ideal"
    ),
    Mutant("nobody asks for rework", "mes/kpi/quantities.py", '"more_rework": rework,', '"more_rework": rework * 0,'),
    Mutant(
        "a jump hides nothing",
        "mes/kpi/quantities.py",
        "(self.steps.most > self.steps.parts)",
        "(self.steps.most > self.steps.parts) & (self.steps.parts > 0)",
    ),
    Mutant("nothing lost before a reset", "mes/facts/counters.py", "fallen | doubtful, has", "doubtful, has"),
    Mutant(
        "minor stops stay delay",
        "mes/kpi/intervals.py",
        "    if policy.minor is not None:\n        element",
        "    if False:\n        element",
    ),
    Mutant("failures of minor stops", "mes/kpi/times.py", '"failures": longer &', '"failures": counted &'),
    Mutant("only the best bound", "mes/kpi/scenarios.py", "for option in OPTIONS:", 'for option in ("producing",):'),
    Mutant(
        "stops counted in every window",
        "mes/kpi/intervals.py",
        "(intervals.begin >= fleet.axis.from_us) & inside",
        "inside",
    ),
)


def copied(folder: Path) -> Path:
    """The engine and its fast tests in a folder of their own."""
    for name in NEEDED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            # What is compiled goes along: only the file with the mistake is compiled again.
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("static"))
        else:
            shutil.copy(source, target)
    return folder


def applied(mutant: Mutant, folder: Path) -> None:
    """The mistake is in; ValueError when the engine has changed so that it does not fit any more."""
    file = folder / mutant.file
    text = file.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(
            f"{mutant.name}: {mutant.old!r} stands {text.count(mutant.old)} times in {mutant.file}, not once"
        )
    file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")


def caught_by(mutant: Mutant) -> str:
    """The test that sees the mistake, or an empty text."""
    with tempfile.TemporaryDirectory() as name:
        folder = copied(Path(name))
        applied(mutant, folder)
        wrong = failing_vectors(folder)
        if wrong:
            return f"{len(wrong)} vectors, {wrong[0]}" if len(wrong) > 1 else f"vector {wrong[0]}"
        return failing_law(folder)


def failing_vectors(folder: Path) -> list[str]:
    """The vectors that this engine does not meet; all when it does not answer."""
    asked = vectors()
    try:
        found = answers(f"{sys.executable} {folder / 'tests/conformance/adapter.py'}", asked, folder)
    except subprocess.CalledProcessError:
        return [str(vector["id"]) for vector in asked]
    return [str(vector["id"]) for vector in asked if any(differences(vector, found.get(vector["id"])))]


def failing_law(folder: Path) -> str:
    """The first law that this engine breaks, or an empty text."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/mes/kpi/test_laws.py"]
    whole = os.environ | {"SHOPFLOOR_TEST_SIZE": "whole"}
    done = subprocess.run(command, cwd=folder, env=whole, capture_output=True, text=True, check=False)
    found = [line.split("::")[1].split(" ")[0] for line in done.stdout.splitlines() if line.startswith("FAILED")]
    return found[0] if found else ""


def table(mutants: Sequence[Mutant] = MUTANTS) -> list[tuple[str, str]]:
    """Each mutant and the test that sees it."""
    with ThreadPoolExecutor(2) as pool:
        return list(zip((m.name for m in mutants), pool.map(caught_by, mutants), strict=True))


if __name__ == "__main__":
    rows = table()
    for name, test in rows:
        print(f"{name:36} {'caught by ' + test if test else 'SURVIVED'}")
    survived = sum(not test for _, test in rows)
    print(f"{len(rows) - survived} of {len(rows)} mutants caught")
    sys.exit(1 if survived else 0)
