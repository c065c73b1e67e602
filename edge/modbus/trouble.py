"""What went wrong between a request and its answer, in words that lead to the cause. Pure."""

# The answer came, but with more or fewer registers than were asked for.
WRONG_LENGTH = 0
# The device lives and asks for patience.
BUSY = frozenset({5, 6})
# The gateway answers for a device that does not.
GATEWAY = frozenset({10, 11})
EXCEPTIONS = {
    WRONG_LENGTH: "answers with another number of values than asked for",
    1: "exception 1, it does not know this function: is the table right?",
    2: "exception 2, no such address",
    3: "exception 3, not this many at this address",
    4: "exception 4, it failed to read this",
    5: "exception 5, it needs more time",
    6: "exception 6, it is busy",
    7: "exception 7, it refuses",
    8: "exception 8, its memory is damaged here",
    10: "exception 10, the gateway has no way to this unit",
    11: "exception 11, the gateway has no answer of this unit",
}
TCP_HEADER = 8
SHOWN_BYTES = 16


def exception(code: int) -> str:
    """An exception code with its meaning."""
    return EXCEPTIONS.get(code, f"exception {code}")


def what_came(heard: bytes, rtu: bool, unit: int, transaction: int, seconds: float) -> str:
    """Why there is no answer, from the last bytes that came since the request."""
    if not heard:
        return f"no answer within {seconds:g} s"
    return _what_rtu(heard, unit) if rtu else _what_tcp(heard, unit, transaction, seconds)


def _what_rtu(heard: bytes, unit: int) -> str:
    if heard[0] != unit:
        return f"an answer of unit {heard[0]} instead of unit {unit} came, or a disturbed one ({_shown(heard)})"
    return f"a disturbed or cut off answer came ({_shown(heard)}): check wiring, baud and parity"


def _what_tcp(heard: bytes, unit: int, transaction: int, seconds: float) -> str:
    if len(heard) < TCP_HEADER:
        return f"the beginning of an answer came ({_shown(heard)}), and then nothing"
    if heard[2:4] != b"\x00\x00":
        return f"an answer that is not Modbus TCP came ({_shown(heard)}): is it transport 'rtu-over-tcp'?"
    length = int.from_bytes(heard[4:6], "big") + 6
    if len(heard) < length:
        return f"half an answer came, {len(heard)} of {length} bytes"
    return _what_ids(heard[6], int.from_bytes(heard[:2], "big"), unit, transaction, seconds) or (
        f"an answer that has no meaning came ({_shown(heard)})"
    )


def _what_ids(unit: int, transaction: int, unit_asked: int, transaction_asked: int, seconds: float) -> str:
    """What is wrong with the numbers of an answer, and the key that takes them; empty when nothing is."""
    if unit != unit_asked:
        return (
            f"an answer of unit {unit} instead of unit {unit_asked} came: wrong 'unit', or, where the gateway always "
            f"answers so, write 'answer_units: [{unit}]' for this device"
        )
    cure = "where the device always answers so, write 'transaction_id: any' for it"
    if transaction == 0 or transaction > transaction_asked:
        return f"an answer with transaction id {transaction} instead of {transaction_asked} came: {cure}"
    if transaction != transaction_asked:
        return f"only a late answer to an older request came; no other within {seconds:g} s: lengthen 'timeout'; {cure}"
    return ""


def _shown(heard: bytes) -> str:
    return heard[:SHOWN_BYTES].hex(" ") + (" …" if len(heard) > SHOWN_BYTES else "")
