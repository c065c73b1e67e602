"""A PLC whose OPC UA server is open62541, in C: not one line of it is shared with the agent's library."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.edge.opcua.plc import URI, now_us

Value = float | str | list[float]


def build_open62541(folder: Path) -> Path | str:
    """The server, compiled here, or the reason why there is none."""
    root = Path(os.environ.get("SHOPFLOOR_TEST_OPEN62541", "/"))
    if shutil.which("cc") is None:
        return "no C compiler (Debian: gcc)"
    if not (root / "usr/include/open62541/server.h").exists():
        return "no open62541: set SHOPFLOOR_TEST_OPEN62541 to the folder that .ci/open62541 prints"
    program = folder / "opcua_peer"
    where = [f"-isystem{root / 'usr/include'}"] if root != Path("/") else []
    for library in root.glob("usr/lib/*/libopen62541.so"):
        where += [f"-L{library.parent}", f"-Wl,--disable-new-dtags,-rpath,{library.parent}"]
    source = Path(__file__).with_suffix(".c")
    subprocess.run(
        ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source, *where, "-lopen62541"], check=True
    )
    return program


class PeerPlc:
    """Variables s=NAME in namespace URI, as a `Plc` has them; `secure` are its certificate, its key and who may in."""

    def __init__(
        self, program: Path, port: int, values: Mapping[str, Value], before: Sequence[str] = (), *secure: Path
    ) -> None:
        self.url = f"opc.tcp://127.0.0.1:{port}"
        self.values = dict(values)
        self.arguments = [str(program), str(port), URI]
        for uri in before:
            self.arguments += ["--before", uri]
        if secure:
            self.arguments += ["--secure", *map(str, secure)]
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> "PeerPlc":
        self.process = await asyncio.create_subprocess_exec(
            *self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert await self._answer() == "ready"
        for name, value in self.values.items():
            await self.add(name, value)
        return self

    async def add(self, name: str, value: Value) -> None:
        await self.order(f"add {name} {_written(value)}")

    async def put(self, name: str, value: Value, at_us: int | None = None, status: int = 0) -> None:
        """Show a value with its source time; on return the server has sampled it for whoever subscribed."""
        await self.order(f"put {name} {_written(value)} {status:x} {now_us() if at_us is None else at_us}")

    async def order(self, line: str) -> None:
        assert await self.ask(line) == "done"

    async def ask(self, line: str) -> str:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        return await self._answer()

    async def stop(self) -> None:
        """As when the power fails."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def _answer(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        return (await asyncio.wait_for(self.process.stdout.readline(), 20)).decode().strip()


def _written(value: Value) -> str:
    if isinstance(value, list):
        return f"double[] {','.join(map(str, value))}"
    return f"string {value}" if isinstance(value, str) else f"double {value}"
