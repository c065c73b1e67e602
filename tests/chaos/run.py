"""make chaos: every row of the fault matrix with many seeds, and a table. `run.py SEEDS FIRST ONLY JOBS`."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from laptop.broker import mosquitto
from tests.chaos.ground import own_ground
from tests.chaos.matrix import ROWS, Outcome, run_row

KEEP = Path("chaos-failures")


def main(seeds: int, first: int, only: str, jobs: int) -> int:
    """0 when every row was clean with every seed, 1 when one was not, 2 when there is no such row."""
    rows = [row for row in ROWS if not only or row in only.split(",")]
    if not rows:
        print(f"no row {only!r}: there are {', '.join(ROWS)}", file=sys.stderr)
        return 2
    if mosquitto() is None:
        print("mosquitto is not installed: the rows need a real broker", file=sys.stderr)
        return 2
    # A hundred thousand frames in all, however many seeds share them.
    os.environ.setdefault("SHOPFLOOR_ODD_FRAMES", str(-(-100_000 // seeds)))
    wanted = [(row, seed) for seed in range(first, first + seeds) for row in rows]
    print(f"{len(rows)} rows x {seeds} seeds from {first}, {jobs} side by side", flush=True)
    outcomes: list[Outcome] = []
    with own_ground() as ground, ThreadPoolExecutor(jobs) as pool:
        for future in as_completed(pool.submit(run_row, ground, row, seed, KEEP) for row, seed in wanted):
            outcome = future.result()
            outcomes.append(outcome)
            print(f"{len(outcomes):5}/{len(wanted)} {outcome}", flush=True)
    print()
    for line in table(rows, outcomes):
        print(line)
    failed = [outcome for outcome in outcomes if not (outcome.clean or outcome.unfit)]
    for outcome in failed:
        print(f"again: make chaos SEEDS=1 FIRST={outcome.seed} ONLY={outcome.row}   its logs: {KEEP}/", flush=True)
    return 1 if failed else 0


def table(rows: Sequence[str], outcomes: Iterable[Outcome]) -> list[str]:
    """A line for each row; counts are of samples."""
    by_row: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_row[outcome.row].append(outcome)
    lines = [
        f"{'row':18} {'seeds':>6} {'clean':>6} {'read':>9} {'stored':>9} {'certified':>9} {'lost':>5} {'doubled':>7}"
    ]
    for row in rows:
        of_row = by_row[row]
        verdicts = [outcome.verdict for outcome in of_row if outcome.verdict is not None]
        reasons = sorted({outcome.unfit for outcome in of_row if outcome.unfit})
        lines.append(
            f"{row:18} {len(of_row):6} {sum(outcome.clean for outcome in of_row):6}"
            f" {sum(v.produced for v in verdicts):9} {sum(v.stored for v in verdicts):9}"
            f" {sum(v.certified for v in verdicts):9} {sum(len(v.lost) for v in verdicts):5}"
            f" {sum(v.duplicates for v in verdicts):7}" + "".join(f"  not run: {reason}" for reason in reasons)
        )
    return lines


if __name__ == "__main__":
    given = dict(zip(("seeds", "first", "only", "jobs"), sys.argv[1:], strict=False))
    sys.exit(main(int(given["seeds"]), int(given["first"]), given["only"], int(given["jobs"])))
