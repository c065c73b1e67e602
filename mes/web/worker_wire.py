"""Messages between mes and its workers: a length, then so many bytes."""

import asyncio

LENGTH_BYTES = 8


async def send(writer: asyncio.StreamWriter, message: bytes) -> None:
    """Write a message."""
    writer.write(len(message).to_bytes(LENGTH_BYTES) + message)
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> bytes:
    """The next message, or EOFError when the other side has gone."""
    length = int.from_bytes(await reader.readexactly(LENGTH_BYTES))
    return await reader.readexactly(length)
