"""The certificate → an aligned table for people, and plain values for programs. Pure."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mes.evidence.loss_certificate import Account, Certificate, Epoch, Hole, Span

COLUMNS = ("produced", "stored", "refused", "dropped", "missing", "awaited")
HEADS = ("node", *COLUMNS, "of stored held out", "result")
KNOWN = {
    "whole": "",
    "so_far": " so far: the agent numbers on",
    "at_least": " at least: how far an earlier life had numbered is not on record",
}


def text_of(made: Certificate) -> str:
    """One line a node, the gaps below, and whether it adds up."""
    nodes = made.nodes
    rows = [_cells(name, account, _right(made, name)) for name, account in nodes.items()]
    lines = [f"Loss certificate  {_time(made.from_at)} to {_time(made.to_at)}", "", *_aligned([HEADS, *rows])]
    if not rows:
        lines = [lines[0], "", "no agent numbered anything in this window"]
    gaps = [*_told(made.spans), *(line for epoch in made.epochs for line in _holes(epoch))]
    if gaps:
        lines += ["", "gaps", *_aligned(gaps)]
    if made.more_spans:
        lines += [f"… and more than {len(made.spans)} of what agents told: ask for a shorter window"]
    return "\n".join([*lines, "", *_verdict(made)])


def values_of(made: Certificate) -> dict[str, Any]:
    """All of it, as JSON has it; times are datetimes."""
    return {
        "from": made.from_at,
        "to": made.to_at,
        "adds_up": made.adds_up,
        "nodes": [
            {
                "node": name,
                **_numbers(account, _right(made, name)),
                "never_numbered": made.never_numbered.get(name, 0),
                "epochs": [_epoch(epoch) for epoch in made.epochs if epoch.node == name],
            }
            for name, account in made.nodes.items()
        ],
        "collection_gaps": [_span(span) for span in made.spans],
        "more_collection_gaps": made.more_spans,
    }


def json_of(made: Certificate) -> str:
    """`values_of` as indented JSON; times are ISO 8601, UTC."""
    return json.dumps(values_of(made), indent=2, default=lambda at: at.isoformat().replace("+00:00", "Z"))


def _epoch(epoch: Epoch) -> dict[str, Any]:
    return {
        "epoch": epoch.epoch,
        "after_seq": epoch.after,
        "last_seq": epoch.up_to,
        **_numbers(epoch.account, epoch.account.adds_up),
        "gaps": [{"cause": loss.cause, **_hole(loss.hole)} for loss in epoch.account.losses],
    }


def _numbers(account: Account, adds_up: bool) -> dict[str, Any]:
    return {
        **{name: getattr(account, name) for name in COLUMNS},
        "held_out": account.held_out,
        "regained": account.regained,
        "unaccounted": account.unaccounted,
        "counted": account.counted,
        "known": account.known,
        "adds_up": adds_up,
    }


def _hole(hole: Hole) -> dict[str, Any]:
    return {
        "first_seq": hole.first,
        "last_seq": hole.last,
        "samples": hole.samples,
        "from": hole.from_at,
        "to": hole.to_at,
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "node": span.node,
        "cause": span.cause,
        "device": span.device,
        "from": span.from_at,
        "to": span.to_at,
        "series": list(span.series),
        "lost": span.lost,
        "epoch": span.epoch,
        "first_seq": span.first_seq,
        "last_seq": span.last_seq,
    }


def _right(made: Certificate, node: str) -> bool:
    return all(epoch.account.adds_up for epoch in made.epochs if epoch.node == node)


def _cells(name: str, account: Account, right: bool) -> tuple[str, ...]:
    result = ("adds up" if right else "DOES NOT ADD UP") + KNOWN[account.known]
    return (name, *(f"{getattr(account, column):,}" for column in COLUMNS), f"{account.held_out:,}", result)


def _told(spans: Sequence[Span]) -> list[tuple[str, ...]]:
    return [
        (
            span.node,
            span.cause,
            span.device or "-",
            _time(span.from_at),
            _time(span.to_at) if span.to_at else "still",
            f"{len(span.series)} series",
            f"{span.lost:,} samples dropped" if span.lost else "",
        )
        for span in spans
    ]


def _holes(epoch: Epoch) -> list[tuple[str, ...]]:
    return [
        (
            epoch.node,
            loss.cause,
            "-",
            _time(loss.hole.from_at) if loss.hole.from_at else "-",
            _time(loss.hole.to_at) if loss.hole.to_at else "-",
            f"epoch {epoch.epoch}, frames {loss.hole.first} to {loss.hole.last}",
            f"{loss.hole.samples:,} samples",
        )
        for loss in epoch.account.losses
    ]


def _verdict(made: Certificate) -> list[str]:
    wrong = [epoch for epoch in made.epochs if not epoch.account.adds_up]
    if not wrong:
        return ["It adds up: produced = stored + refused + dropped + missing + awaited."]
    return [_complaint(epoch) for epoch in wrong]


def _complaint(epoch: Epoch) -> str:
    account = epoch.account
    place = f"It does NOT add up: {epoch.node}, epoch {epoch.epoch}: "
    if account.unaccounted > 0:
        return f"{place}{account.unaccounted:,} samples are nowhere."
    if account.unaccounted < 0:
        return f"{place}{-account.unaccounted:,} samples more are on record than were produced."
    return (
        f"{place}table sample holds {account.counted:,} rows of {account.stored - account.held_out:,} that it should."
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if cell[:1].isdigit() and "T" not in cell else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
