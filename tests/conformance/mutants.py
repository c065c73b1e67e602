"""Known ways to get KPIs wrong, each built into the engine of a process: which vector sees it? `make mutants`."""

import importlib
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.conformance.run import differences, vectors  # noqa: E402  - a script finds its own tree
from tests.support.program import FORKED  # noqa: E402

OURS = ("config", "contract", "runtime", "mes", "tests")


@dataclass(frozen=True)
class Mutant:
    """A mistake: in a file of the engine, what is replaced by what. The text must stand there exactly once."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = (
    Mutant("count-weighted quality", "mes/kpi/formulas.py", "(c.good, c.ideal)", "(c.total - c.scrap, c.total)"),
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
        "inner = (begin >= axis.from_us[row]) & (begin < axis.to_us[row])",
        "inner = (begin >= axis.from_us[row]) & ~np.isin(np.roll(edges, -1), ends) & (begin < axis.to_us[row])",
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
        "begin[cols.first] = [one.first_since_us for one in facts]",
        "begin[cols.first] = cols.axis.from_us",
    ),
    Mutant(
        "held state taken for certain",
        "mes/kpi/intervals.py",
        "held = np.maximum(intervals.begin, intervals.end - cols.silence_us[cols.row])",
        "held = intervals.end",
    ),
    Mutant(
        "no part in flight at a silence",
        "mes/kpi/unobserved_parts.py",
        "self.made, self.left = self.made + self.left + running, 0",
        "self.made, self.left = self.made + running, 0",
    ),
    Mutant(
        "observed parts leave all unobserved time to others",
        "mes/kpi/unobserved_parts.py",
        "max(self.least, self.made + self.left - min(0, self.done))",
        "self.made",
    ),
    Mutant(
        "unobserved parts of one hour in the next",
        "mes/kpi/unobserved_time.py",
        "new_hour = slices.begin % HOUR_US == 0",
        "new_hour = slices.begin < 0",
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
        "time needed later may be a stop",
        "mes/kpi/scenarios.py",
        '_spent(_spent(sure, other, open_class), "producing", e.needed_later)',
        '_spent(_spent(sure, other, open_class), "producing", 0)',
    ),
    Mutant(
        "one ideal cycle for all",
        "mes/kpi/columns.py",
        "evaluation.ideal.at(facts.machine, p, a)",
        "evaluation.ideal.at(facts.machine, None, a)",
    ),
    Mutant("breaks are planned", "mes/kpi/times.py", "busy = planned &", "busy = slices.scheduled &"),
    Mutant("reported scrap stays good", "mes/kpi/quantities.py", '"good": good - reported', '"good": good'),
    Mutant("reported parts are nobody's", "mes/kpi/quantities.py", '"scrap": scrap + reported', '"scrap": scrap'),
    Mutant("parts of the break", "mes/kpi/quantities.py", "inside(place, cols.planned)", "place >= 0"),
    Mutant(
        "parts of a silence as if seen",
        "mes/kpi/quantities.py",
        "seen, bridged = np.where(steps.bridged | early, zero, parts)",
        "seen, bridged = parts",
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
    Mutant("who is not judged is good", "mes/kpi/quantities.py", '"more_scrap": scrap,', '"more_scrap": scrap * 0,'),
    Mutant(
        "judged before it is counted",
        "mes/kpi/quantities.py",
        '"early": np.where(early',
        '"early": np.where(early & False',
    ),
    Mutant("silence as if heard", "mes/kpi/times.py", "runs & slices.outages", "runs & False & slices.outages"),
    Mutant("faster than ideal while uncounted", "mes/kpi/formulas.py", "if ideal > of > 0", "if False"),
    Mutant(
        "a silent counter hides the state",
        "mes/kpi/intervals.py",
        "_both(darkness, undecided)",
        "_both(_both(darkness, silences), undecided)",
    ),
    Mutant(
        "parts of the unobserved in the value",
        "mes/kpi/scenarios.py",
        "ideal=e.ideal - e.ideal_time_state_unknown",
        "ideal=e.ideal",
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
        "(intervals.begin >= cols.axis.from_us[cols.row]) & inside",
        "inside",
    ),
)


def mistaken(mutant: Mutant) -> str:
    """The file with the mistake in it; ValueError when the engine has changed so that it does not fit any more."""
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise ValueError(
            f"{mutant.name}: {mutant.old!r} stands {text.count(mutant.old)} times in {mutant.file}, not once"
        )
    return text.replace(mutant.old, mutant.new)


def failing_vector(mutant: Mutant | None = None) -> str:
    """The first vector that an engine does not meet or does not answer, or an empty text.

    Asked in a process that was forked from one in which numpy and pydantic are there already.
    """
    ours, theirs = FORKED.Pipe(duplex=False)
    instead = ("", "") if mutant is None else (mutant.file, mistaken(mutant))
    process = FORKED.Process(target=_ask, args=(*instead, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        found = str(ours.recv())
    except EOFError:
        found = "none: it ended"
    process.join()
    return found


def _ask(file: str, text: str, told: Connection) -> None:
    """In the child: everything of ours is imported anew, one file with another text."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    sys.meta_path.insert(0, Instead(file.removesuffix(".py").replace("/", "."), text))
    adapter = importlib.import_module("tests.conformance.adapter")
    for vector in vectors():
        try:
            wrong = any(differences(vector, adapter.answer(vector)))
        except Exception:  # noqa: BLE001  - a mistake may end in any of them
            wrong = True
        if wrong:
            told.send(vector["id"])
            return
    told.send("")


class Instead(MetaPathFinder, InspectLoader):
    """Finds a module with another text."""

    def __init__(self, module: str, text: str) -> None:
        self.module, self.text = module, text

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:
        """Only of this module."""
        return spec_from_loader(fullname, self) if fullname == self.module else None

    def get_source(self, fullname: str) -> str:
        """The text."""
        return self.text


def table(mutants: Sequence[Mutant] = MUTANTS) -> list[tuple[str, str]]:
    """Each mutant and the first vector that sees it."""
    with ThreadPoolExecutor(2) as pool:
        return list(zip((m.name for m in mutants), pool.map(failing_vector, mutants), strict=True))


if __name__ == "__main__":
    rows = table()
    for name, vector in rows:
        print(f"{name:36} {'caught by ' + vector if vector else 'SURVIVED'}")
    survived = sum(not vector for _, vector in rows)
    print(f"{len(rows) - survived} of {len(rows)} mutants caught")
    sys.exit(1 if survived else 0)
