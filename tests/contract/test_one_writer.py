"""A table has one writer: the service that the first line of its migration names."""

import re
from pathlib import Path

from runtime.database import migrations

# edge is not among them: its journal is a database of its own, and it never sees this one.
SERVICES = ("collector", "mes", "alerts", "laptop")
WRITES = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE|COPY)\s+([a-z_]+)", re.IGNORECASE)


def writers() -> dict[str, str]:
    """Table → the service that its migration names."""
    found: dict[str, str] = {}
    for _, text in migrations():
        writer = text.splitlines()[0].removeprefix("-- written by: ")
        found |= dict.fromkeys(re.findall(r"CREATE TABLE (\w+)", text), writer)
    return found


def writes(service: str) -> set[str]:
    """The tables that a service's statements write, in its .sql and .py files."""
    files = [path for path in Path(service).rglob("*") if path.suffix in (".sql", ".py")]
    return {table.lower() for path in files for table in WRITES.findall(path.read_text(encoding="utf-8"))}


def test_no_service_writes_another_services_table() -> None:
    owner = writers()

    trespassers = {
        f"{service} writes {table} of {owner[table]}"
        for service in SERVICES
        for table in writes(service)
        if table in owner and owner[table] != service
    }

    assert trespassers == set()


def test_the_statements_are_found_at_all() -> None:
    assert {"frame", "sample", "sequence_gap", "rejected_message"} <= writes("collector")
    assert {"state_change", "count_step", "work_order"} <= writes("mes")
    assert {"alarm", "alarm_journal", "delivery"} <= writes("alerts")


def test_edge_and_simulator_know_no_database() -> None:
    texts = [path.read_text(encoding="utf-8") for name in ("edge", "simulator") for path in Path(name).rglob("*.py")]

    assert not any("psycopg" in text or "runtime.database" in text for text in texts)
