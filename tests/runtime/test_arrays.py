"""Columns of numbers go to a real server and come back as they were."""

import numpy as np
import psycopg
import pytest

from contract.sample import from_us
from runtime.arrays import use_arrays
from runtime.database import connect

EXTREMES = {
    "bigint": np.array([0, -1, 2**62, -(2**63)], np.int64),
    "float8": np.array([0.0, -0.0, np.inf, np.nan, 1e-320, 0.1]),
    "bool": np.array([True, False, True]),
}


@pytest.fixture
def conn(database: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection that takes and gives arrays."""
    made = connect(database, "test")
    use_arrays(made)
    return made


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("count", [0, 1, None])
def test_a_column_comes_back_bit_for_bit(
    conn: psycopg.Connection[tuple[object, ...]], name: str, count: int | None
) -> None:
    sent = EXTREMES[name][:count]

    row = conn.execute(f"SELECT %(sent)s::{name}[]", {"sent": sent}, binary=True).fetchone()

    assert row is not None
    assert isinstance(row[0], np.ndarray)
    assert (row[0].dtype, row[0].tobytes()) == (sent.dtype, sent.tobytes())


def test_instants_are_microseconds_since_1970(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    us = [0, -1, 1_764_000_000_123_456, 7_258_118_400_000_000]

    row = conn.execute("SELECT %s::timestamptz[]", [[from_us(one) for one in us]], binary=True).fetchone()

    assert row is not None
    assert row[0].tolist() == us  # type: ignore[attr-defined]


def test_small_numbers_are_whole_numbers_too(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    row = conn.execute("SELECT '{1,-2}'::smallint[], '{3}'::int[]", binary=True).fetchone()

    assert row is not None
    assert [column.tolist() for column in row] == [[1, -2], [3]]  # type: ignore[attr-defined]


def test_a_column_with_a_null_is_refused_with_the_cure(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(psycopg.DataError, match="coalesce"):
        conn.execute("SELECT '{1,NULL}'::bigint[]", binary=True).fetchone()


def test_without_binary_a_list_is_a_list(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    row = conn.execute("SELECT '{1,2}'::bigint[]").fetchone()

    assert row == ([1, 2],)
