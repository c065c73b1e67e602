"""The policies in the database: every one that results were made by, as it was said then."""

from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from config.plant import Plant
from contract.sample import from_us
from mes.kpi.policy import Policy, policies_of, policy_from
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.kpi")


class ChangedPolicy(ValueError):
    """A policy was changed under its old version: results of both would carry the same name. Raise its version."""


def keep_policies(conn: psycopg.Connection[TupleRow], plant: Plant) -> None:
    """Put down the plant's policies; ChangedPolicy where one of that name and version has another content."""
    for policy in policies_of(plant.policies).values():
        row = {"name": policy.name, "version": policy.version, "hash": policy.hash, "content": Jsonb(policy.content())}
        conn.execute(SQL["put_policy"], row)
        kept = conn.execute(SQL["policy"], row).fetchone()
        if kept is None or kept[0] != policy.hash:
            raise ChangedPolicy(
                f"policies: '{policy.name}' version {policy.version} was used with another content before: "
                f"write version: {policy.version + 1}, so that results of the two can be told apart"
            )


def follow_plant_policy(conn: psycopg.Connection[TupleRow], policy: Policy, known_us: int) -> str | None:
    """Put down which policy is the plant's own from `known_us` on; what changed where another one was before."""
    row = conn.execute(SQL["plant_policy"], {"as_of": None}).fetchone()
    if row == (policy.name, policy.version):
        return None
    conn.execute(SQL["add_plant_policy"], {"name": policy.name, "version": policy.version, "known": from_us(known_us)})
    return "" if row is None else f"{row[0]} version {row[1]} became {policy.name} version {policy.version}"


async def kept_policy(conn: Connection, name: str, version: int) -> Policy | None:
    """A policy as it was said when it was first used, or None."""
    asked: dict[str, Any] = {"name": name, "version": version}
    row = await (await conn.execute(SQL["policy"], asked)).fetchone()
    return policy_from(name, version, row[1]) if row else None


async def policy_then(conn: Connection, as_of_us: int | None) -> Policy | None:
    """The plant's own policy at an instant, or None where that is not known."""
    asked = {"as_of": None if as_of_us is None else from_us(as_of_us)}
    row = await (await conn.execute(SQL["plant_policy"], asked)).fetchone()
    return None if row is None else await kept_policy(conn, row[0], row[1])
