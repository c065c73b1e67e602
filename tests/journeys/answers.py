"""What the system answers over its own API and database, in the shapes that the journeys compare with the truth."""

from datetime import UTC, datetime

import httpx
import psycopg

from contract.sample import from_us, to_us


def counts(api: str, machine: str, from_us_: int, to_us_: int) -> dict[str, int]:
    """total, good and scrap of a machine in a window."""
    answer = httpx.get(f"{api}/equipment/{machine}/counts", params=window(from_us_, to_us_), timeout=20)
    answer.raise_for_status()
    body = answer.json()
    return {name: body[name] for name in ("total", "good", "scrap")}


def states(api: str, machine: str, from_us_: int, to_us_: int) -> list[tuple[int, int, str]]:
    """The state tape of a machine in a window, all pages: (from, to, state)."""
    found: list[tuple[int, int, str]] = []
    params = window(from_us_, to_us_) | {"limit": "50"}
    while True:
        answer = httpx.get(f"{api}/equipment/{machine}/states", params=params, timeout=20)
        answer.raise_for_status()
        body = answer.json()
        found += [(us(row["from"]), us(row["to"]), row["state"]) for row in body["items"]]
        if not body["next_cursor"]:
            return found
        params["cursor"] = body["next_cursor"]


def oee(api: str, equipment: str, from_us_: int, to_us_: int) -> dict[str, object]:
    """The KPIs of a window as the API gives them."""
    answer = httpx.get(f"{api}/equipment/{equipment}/kpis", params=window(from_us_, to_us_), timeout=20)
    answer.raise_for_status()
    body: dict[str, object] = answer.json()
    return body


def stored_twice(database: str) -> int:
    """How many frames have more or fewer samples in the database than their ledger row says."""
    with psycopg.connect(database) as conn:
        row = conn.execute(
            """
            SELECT count(*) FROM (
                SELECT n.node, s.epoch, s.seq, count(*) AS stored
                  FROM sample s JOIN node n ON n.number = s.node GROUP BY 1, 2, 3
            ) AS stored FULL JOIN frame USING (node, epoch, seq)
            WHERE stored.stored IS DISTINCT FROM frame.samples
            """
        ).fetchone()
        assert row is not None
        return int(row[0])


def window(from_us_: int, to_us_: int) -> dict[str, str]:
    """Query parameters of a window."""
    return {"from": from_us(from_us_).isoformat(), "to": from_us(to_us_).isoformat()}


def us(text: str) -> int:
    """Microseconds of an ISO 8601 instant."""
    return to_us(datetime.fromisoformat(text).astimezone(UTC))


def now_us() -> int:
    """Now by the wall clock."""
    return to_us(datetime.now(UTC))
