"""The statements of docs/feed.md keep what they say from whoever only reads the database."""

import re
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

SECRET = (
    *("webhook", "idempotency_record", "audit_key", "result_key", "badge_key", "badge", "login", "session", "station"),
    *("one_time_link", "openid_attempt", "action_key", "push_key", "push_subscription", "calendar_feed"),
    "notification_rule",
)


def statements(page: str) -> str:
    [found] = re.findall(
        r"^```sql\n(.*?)^```", Path("docs", page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return str(found)


def test_both_languages_have_the_same_statements() -> None:
    assert statements("feed.md") == statements("feed.zh.md")


def test_an_account_for_reports_reads_facts_and_no_secrets(database: str) -> None:
    role = f"reports_{uuid4().hex[:8]}"  # a role belongs to the whole server
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(statements("feed.md").replace("reports", role).encode())
        try:
            conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            for table in ("sample", "state_change", "confirmation", "outbox_event"):
                conn.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(table)))
            for table in SECRET:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(table)))
        finally:
            conn.execute("RESET ROLE")
            conn.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def test_every_table_that_holds_a_secret_is_named() -> None:
    """A column that is called a secret or a key of ours in plain."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(Path("contract/migrations").glob("*.sql")))
    tables = re.findall(r"^CREATE TABLE (\w+) \((.*?)^\);", text, re.MULTILINE | re.DOTALL)
    holding = {
        name for name, columns in tables if re.search(r"^ +(secret\w*|key|password) bytea", columns, re.MULTILINE)
    }

    assert holding <= set(SECRET)
    assert "webhook" in holding
