from datetime import UTC, datetime

from mes.people.programs.client_text import Client, table_of

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_a_list_says_how_long_the_keys_of_each_program_are_good() -> None:
    found = table_of(
        [
            Client("bi", ("read",), None, 2, NOON),
            Client("erp", ("orders", "read"), None, 1, None),
            Client("old", ("read",), NOON, 0, None),
            Client("wms", ("read",), None, 0, None),
        ]
    )

    assert found.splitlines() == [
        "NAME  GOOD KEYS  UNTIL                         SCOPES",
        "bi    2          2026-11-30T12:00:00Z          read",
        "erp   1          no end                        orders,read",
        "old   0          revoked 2026-11-30T12:00:00Z  read",
        "wms   0          all have ended                read",
    ]


def test_without_a_program_the_list_says_how_to_make_one() -> None:
    assert "shopfloor client add" in table_of([])
