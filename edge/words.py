"""Modbus answers with registers, taken as one block: pymodbus makes a Python number and a line of log text of each."""

import numpy as np
from pymodbus.exceptions import ModbusIOException
from pymodbus.pdu.register_message import ReadHoldingRegistersResponse, ReadInputRegistersResponse


class HoldingWords(ReadHoldingRegistersResponse):
    """Holding registers; `block` is what `registers` would be."""

    block = np.zeros(0, ">u2")

    def decode(self, data: bytes) -> None:
        """Take the registers of an answer, or ModbusIOException when it is shorter than it says."""
        size = data[0]
        if size >= len(data) or size % 2:
            raise ModbusIOException(
                f"byte_count {size} in a packet of {len(data)} bytes", function_code=self.function_code
            )
        self.block = np.frombuffer(data, ">u2", size // 2, 1)

    def __str__(self) -> str:
        """Short: pymodbus asks for it with each answer, whether somebody reads the log or not."""
        return f"{self.block.size} registers"


class InputWords(HoldingWords, ReadInputRegistersResponse):
    """Input registers."""

    function_code = ReadInputRegistersResponse.function_code
