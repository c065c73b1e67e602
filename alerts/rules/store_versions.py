"""The rules of the plant file → table alert_rule: which wording of a rule has raised an alarm can be read for good."""

import hashlib
import json
from collections.abc import Sequence

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from config.rules.rule import Rule
from runtime.database import queries

SQL = {name: text.encode() for name, text in queries("alerts.rules", "queries_versions.sql").items()}


def versions_in_force(conn: psycopg.Connection[TupleRow], rules: Sequence[Rule]) -> dict[str, int]:
    """By rule, the number of its wording; one that is new is written down."""
    newest = {rule: (version, sha256) for rule, version, sha256 in conn.execute(SQL["newest"])}
    found: dict[str, int] = {}
    for rule in rules:
        definition = rule.model_dump(mode="json")
        sha256 = hashlib.sha256(json.dumps(definition, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        version, known = newest.get(rule.id, (0, ""))
        if known != sha256:
            row = {"rule": rule.id, "definition": Jsonb(definition), "sha256": sha256}
            added = conn.execute(SQL["add"], row).fetchone()
            version = added[0] if added else version
        found[rule.id] = version
    return found
