"""Rows: the disk is full, under the edge agent's journal and under the database, and is given room again."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.chaos.auditor import Verdict
from tests.chaos.rows_clock import newest_tick
from tests.chaos.shop import Shop
from tests.chaos.stage import Row, Stage, Unfit

EDGE_MB, DATABASE_MB = 32, 400


class SmallDisk:
    """A file system in memory that holds no more than it is told to."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder, self.stone = folder, folder / "stone"
        folder.mkdir(parents=True, exist_ok=True)
        size = f"size={megabytes}m,mode=755"
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise Unfit(f"this process may not mount a small disk ({made.stderr.strip()}): run it as root")

    def fill(self) -> None:
        """Not a byte is left for anybody."""
        with self.stone.open("ab", buffering=0) as stone:
            for size in (1 << 20, 4096):
                with suppress(OSError):
                    while stone.write(bytes(size)) == size:
                        pass

    def free(self) -> None:
        """Room again."""
        self.stone.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted on a folder until the end."""
    disk = SmallDisk(folder, megabytes)
    try:
        yield disk
    finally:
        disk.close()


def disk_full_edge(stage: Stage) -> Verdict:
    """An agent that can hold few readings in memory cannot write: what it gives up is exactly what it certifies."""
    with small_disk(stage.folder / "data" / "edge", EDGE_MB) as disk, stage.shop() as shop:
        held = stage.chance.randint(100, 400)
        shop.start_all(wait=False)
        shop.kill("edge")
        shop.start("edge", ("tests/chaos/short_memory.py", str(held)))
        shop.until("the first samples", lambda: newest_tick(shop) > 0)
        for number in (1, 2):
            shop.moment(3)
            disk.fill()
            shop.until("the journal to be stuck", lambda number=number: told(shop, "edge", "make room") >= number)
            read = len(shop.plcs[0].readings)
            shop.until("more than memory holds", lambda read=read: len(shop.plcs[0].readings) > read + held // 4)
            shop.moment(2)
            disk.free()
            fresh = newest_tick(shop)
            shop.until("samples again", lambda fresh=fresh: newest_tick(shop) > fresh + 20)
        shop.until("the gap on record", lambda: shop.verdict().certified > 0)
        verdict = shop.settle()
        assert verdict.certified > 0, "nothing was given up: the row has not shown what it is for"
        return verdict


def disk_full_database(stage: Stage) -> Verdict:
    """The database cannot write: the collector acknowledges nothing, and goes on by itself when it can."""
    with ExitStack() as stack:
        disks: list[SmallDisk] = []

        def prepare(folder: Path) -> None:
            disks.append(stack.enter_context(small_disk(folder, DATABASE_MB)))

        with stage.ground.own_server(prepare) as server, stage.shop(server.url) as shop:
            shop.start_all()
            for number in (1, 2):
                shop.moment(3)
                disks[0].fill()
                # What its log of changes has room for already it still takes.
                shop.until("the database to refuse", lambda number=number: refused(shop) >= number, 120)
                shop.moment(4, least=1)
                assert shop.waiting() > 0
                disks[0].free()
                assert server.process is not None
                if server.process.poll() is not None:
                    # It ends when not even its log has room; its supervisor starts it again, as systemd would.
                    server.stop()
                    server.start()
            verdict = shop.settle()
            assert verdict.certified == 0, f"{verdict.certified} samples given up although the edge had room"
            return verdict


def refused(shop: Shop) -> int:
    """How often the collector has said that the database stores nothing, be it there or not."""
    return sum(told(shop, "collector", word) for word in ("database_refuses", "database_away"))


def told(shop: Shop, name: str, what: str) -> int:
    """How often a service has logged it."""
    return shop.says(name).count(what)


ROWS: dict[str, Row] = {"disk-full-edge": disk_full_edge, "disk-full-database": disk_full_database}
