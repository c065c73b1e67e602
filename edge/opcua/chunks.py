"""Bytes from an OPC UA server → the client's parser, as long as no chunk is larger than any server sends."""

import asyncio

from asyncua.client.ua_client import UASocketProtocol

# Servers send 64 KB. The parser copies what it has of a chunk at each packet: for 2 GB the agent would stand still.
LARGEST_CHUNK = 1_000_000


class ChunkTooLarge(ConnectionError):
    """The server announces a message that nobody can take: it is no OPC UA server, or a broken one."""


class Chunks(asyncio.Protocol):
    """Stands between a connection and its parser; ends the connection when a chunk is announced as too large."""

    def __init__(self, parser: UASocketProtocol) -> None:
        self.parser = parser
        self.trouble: ChunkTooLarge | None = None

    def data_received(self, data: bytes) -> None:
        """Pass on."""
        self.parser.data_received(data)
        begun = self.parser.receive_buffer
        size = int.from_bytes(begun[4:8], "little") if begun else 0
        if size > LARGEST_CHUNK and self.parser.transport is not None:
            self.trouble = ChunkTooLarge(f"the server announces a chunk of {size} bytes")
            self.parser.receive_buffer = None
            self.parser.transport.abort()

    def connection_lost(self, err: Exception | None) -> None:
        """Pass on, with the reason."""
        self.parser.connection_lost(self.trouble or err)
