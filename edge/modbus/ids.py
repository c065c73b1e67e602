"""Which Modbus TCP answers are taken for the answer to a request, by the numbers in their headers."""

from dataclasses import dataclass

from pymodbus.framer.socket import FramerSocket

# pymodbus numbers its requests from 1 to 65,000.
NO_REQUEST = 65_535


@dataclass(frozen=True, slots=True)
class Ids:
    """The unit that is asked, and which numbers its answers may have instead of its own and that of the request."""

    unit: int
    units: frozenset[int] = frozenset()
    any_transaction: bool = False


class IdFramer(FramerSocket):
    """pymodbus takes every answer with transaction 0 for the right one; here `ids` says which are."""

    ids = Ids(1)

    def decode(self, data: bytes) -> tuple[int, int, int, bytes]:
        """As pymodbus's, with the numbers of a request that pymodbus takes or refuses for what they are."""
        used, unit, transaction, pdu = super().decode(data)
        if not used:
            return used, unit, transaction, pdu
        transaction = 0 if self.ids.any_transaction else transaction or NO_REQUEST
        unit = self.ids.unit if unit in self.ids.units else unit
        return used, unit, transaction, pdu
