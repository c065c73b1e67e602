"""The ledger of gaps: what is missing, and why. SQL inside the caller's transaction, which holds the node's lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import TupleRow

from collector.gaps import Range, gaps_after
from contract.frame import Frame
from contract.gap import Cause, Gap, covered
from contract.sample import from_us
from runtime.database import queries

SQL = queries("collector")
Connection = psycopg.Connection[TupleRow]
Span = tuple[datetime, datetime]
# Frames that are on their way come well within this; what has not is missing, and the KPIs then count it as NO_DATA.
CERTAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Known:
    """A gap as it stands in the ledger."""

    numbers: Range
    span: Span
    noticed_at: datetime
    certain: bool
    transaction: str


def update_gaps(
    conn: Connection, key: Mapping[str, object], highest: int, arrived: Sequence[int]
) -> list[tuple[int, Span]]:
    """Bring table gap to what new numbers of a node's epoch leave and fill.

    The spans of which more is known now, each with the number that came into it: two gaps of a batch may lie a month
    apart, and what is between them is as it was.
    """
    if min(arrived) == highest + 1 and max(arrived) - min(arrived) + 1 == len(arrived):
        return []
    known = _known(conn, key)
    _, missing = gaps_after(highest, [gap.numbers for gap in known], arrived)
    gone = [gap for gap in known if gap.numbers not in missing]
    new = set(missing) - {gap.numbers for gap in known}
    for gap in gone:
        conn.execute(SQL["forget_gap"], {**key, "first": gap.numbers[0]})
    dropped = _dropped(conn, key) if new else []
    spans = {numbers: _add(conn, key, numbers, gone, dropped) for numbers in sorted(new)}
    # What is left and was dropped does not count any more.
    left = {numbers: span for numbers, span in spans.items() if not covered(numbers, dropped)}
    changed: list[tuple[int, Span]] = []
    for gap in gone:
        if gap.certain:
            by = min(number for number in arrived if gap.numbers[0] <= number <= gap.numbers[1])
            rest = [span for numbers, span in left.items() if _inside(numbers, gap.numbers)]
            changed += ((by, span) for span in freed(gap.span, rest))
    return changed


def freed(old: Span, left: Sequence[Span]) -> list[Span]:
    """Which spans count otherwise when of an old gap only these are left: the hull of what is in none of them.

    Before the first frame of an epoch nothing says where a gap begins: it may then move, and counts where it is now.
    """
    start = next((span[1] for span in left if span[0] == old[0]), old[0])
    end = next((span[0] for span in left if span[1] == old[1]), old[1])
    moved = [span for span in left if not old[0] <= span[0] <= span[1] <= old[1]]
    return [(start, end), *moved] if start <= end else moved


def record_collection_gaps(conn: Connection, frame: Frame) -> list[tuple[Span, list[str]]]:
    """The spans that a fresh frame tells of; for each the span and the machines (none: all) whose facts it changes.

    A span that ends takes the place of its beginning. Only a drop is a loss throughout its span; elsewhere nothing was
    read, so it is its beginning that ends what was known.
    """
    changed = []
    for nth, gap in enumerate(frame.gaps):
        full = gap.cause is Cause.JOURNAL_FULL
        row = _collection_gap_row(frame, gap) | (
            {"told_epoch": frame.epoch, "told_seq": frame.seq, "nth": nth}
            if full
            else {"told_epoch": 0, "told_seq": 0, "nth": 0}
        )
        if gap.cause in (Cause.AGENT_DOWN, Cause.JOURNAL_DAMAGED):
            conn.execute(SQL["close_collection_gap"], row)
        conn.execute(SQL["add_collection_gap"], row)
        machines = sorted({frame.series[i].split("/", 1)[0] for i in gap.series})
        if machines:
            end = gap.to_us if full and gap.to_us is not None else gap.from_us
            changed.append(((from_us(gap.from_us), from_us(end)), machines))
        if full and gap.epoch:
            changed += [(span, []) for span in _explain(conn, {"node": frame.node, "epoch": gap.epoch})]
    return changed


def make_certain(conn: Connection, after: timedelta) -> bool:
    """Gaps that have been missing for so long count from now on; True when there were any."""
    return bool(conn.execute(SQL["make_certain"], {"after": after}).fetchall())


def _add(
    conn: Connection, key: Mapping[str, object], numbers: Range, gone: Sequence[Known], dropped: Sequence[Range]
) -> Span:
    """A gap into the ledger; what is left of an older one is as old and as certain as that."""
    parent = next((gap for gap in gone if _inside(numbers, gap.numbers)), None)
    row = {
        "first": numbers[0],
        "last": numbers[1],
        "noticed_at": parent.noticed_at if parent else None,
        "certain": parent is not None and parent.certain,
        "transaction": parent.transaction if parent else None,
        "cause": "dropped" if covered(numbers, dropped) else "missing",
    }
    found = conn.execute(SQL["add_gap"], {**key, **row}).fetchone()
    assert found is not None  # noqa: S101  - the frame after the gap and its node are there
    return found[0], found[1]


def _explain(conn: Connection, key: Mapping[str, object]) -> list[Span]:
    """Gaps of which the agent has now told that it gave up their frames; the spans of those that counted."""
    dropped = _dropped(conn, key)
    explained = [gap for gap in _known(conn, key) if covered(gap.numbers, dropped)]
    conn.execute(SQL["explain_gaps"], {**key, "first": [gap.numbers[0] for gap in explained]})
    return [gap.span for gap in explained if gap.certain]


def _known(conn: Connection, key: Mapping[str, object]) -> list[Known]:
    rows = conn.execute(SQL["gaps"], key)
    return [Known((first, last), (start, end), *rest) for first, last, start, end, *rest in rows]


def _dropped(conn: Connection, key: Mapping[str, object]) -> list[Range]:
    return [(first, last) for first, last in conn.execute(SQL["dropped"], key)]


def _inside(part: Range, whole: Range) -> bool:
    return whole[0] <= part[0] and part[1] <= whole[1]


def _collection_gap_row(frame: Frame, gap: Gap) -> dict[str, object]:
    return {
        "node": frame.node,
        "cause": gap.cause,
        "device": gap.device,
        "from": from_us(gap.from_us),
        "to": None if gap.to_us is None else from_us(gap.to_us),
        "series": [frame.series[i] for i in gap.series],
        "lost": gap.lost,
        "epoch": gap.epoch,
        "first": gap.first_seq,
        "last": gap.last_seq,
        "numbered": gap.numbered,
    }
