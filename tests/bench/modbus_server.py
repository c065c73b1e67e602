"""A Modbus server of 125 holding registers on a port, until it is ended."""

import asyncio
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


async def serve(port: int) -> None:
    """Registers 0 to 124 hold their own numbers."""
    words = SimData(0, values=list(range(125)), datatype=DataType.REGISTERS)
    bits = SimData(0, values=[False] * 16, datatype=DataType.BITS)
    none = SimData(0, datatype=DataType.INVALID)
    device = SimDevice(1, simdata=([bits], [bits], [words], [none]))
    await ModbusTcpServer([device], address=("127.0.0.1", port)).serve_forever()


asyncio.run(serve(int(sys.argv[1])))
