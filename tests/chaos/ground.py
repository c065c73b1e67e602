"""What rows stand on: one database server with a migrated template, free ports, a folder for each row."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from laptop.postgres import EmbeddedPostgres
from runtime.database import migrate
from tests.ports import ports
from tests.support.databases import drop_database, make_database


@dataclass
class Ground:
    """Shared by the rows that run side by side; `open_folder` is one that a server of another user can enter."""

    server: str
    template: str
    open_folder: Path
    free_port: Callable[[], int] = field(default_factory=ports)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def port(self) -> int:
        """A port that is free and was not given out lately."""
        with self.turn:
            return self.free_port()

    @contextmanager
    def database(self) -> Iterator[str]:
        """A migrated, empty database on the shared server."""
        name = f"chaos_{uuid4().hex[:12]}"
        with self.turn:
            url = make_database(self.server, name, self.template)
        yield url
        drop_database(self.server, name)

    @contextmanager
    def own_server(self, prepare: Callable[[Path], None] = lambda folder: None) -> Iterator[EmbeddedPostgres]:
        """A migrated server of this row's own, that it may kill; `prepare` gets its folder before the first start."""
        folder = Path(tempfile.mkdtemp(dir=self.open_folder, prefix="server-"))
        folder.chmod(0o755)
        prepare(folder)
        server = EmbeddedPostgres(folder)
        migrate(server.start())
        yield server
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_ground() -> Iterator[Ground]:
    """A ground without pytest, for make chaos."""
    folder = Path(tempfile.mkdtemp(prefix="shopfloor-chaos-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "postgres")
    try:
        url = server.start()
        migrate(make_database(url, "template_chaos"))
        yield Ground(url, "template_chaos", folder)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
