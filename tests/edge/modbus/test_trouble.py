"""What a device did instead of answering is told with the cure that fits it."""

import pytest

from edge.modbus.trouble import what_came

ASKED = 7


def heard(transaction: int, unit: int = 1) -> bytes:
    """One register's value by Modbus TCP."""
    return transaction.to_bytes(2, "big") + bytes((0, 0, 0, 5, unit, 3, 2, 0, 9))


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (b"", "no answer within 0.3 s"),
        (heard(6), "lengthen 'timeout'"),
        (heard(0), "write 'transaction_id: any'"),
        (heard(8), "write 'transaction_id: any'"),
        (heard(7, unit=255), "write 'answer_units: [255]'"),
        (heard(7)[:8], "half an answer came, 8 of 11 bytes"),
    ],
)
def test_each_odd_answer_has_its_own_cure(came: bytes, said: str) -> None:
    assert said in what_came(came, False, 1, ASKED, 0.3)
