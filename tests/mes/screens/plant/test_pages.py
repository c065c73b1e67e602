from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from config.load import parse_plant
from mes.plant_file.store import sha256_of
from tests.mes.erp.plants import client
from tests.mes.screens.lines import MACHINE, PLANT

TEXT = PLANT.format(machines=MACHINE.format(n=1), zone="UTC")
NEW = TEXT.replace("Press 1", "Press One")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plant.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def content(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def by_hand(file: Path) -> None:
    file.write_text(TEXT + "# by hand\n", encoding="utf-8")


async def post(database: str, file: Path, path: str, **form: Any) -> httpx.Response:
    async with client(database, parse_plant(TEXT), file=file) as http:
        return await (http.get(path, params=form) if path == "/plant" else http.post(path, data=form))


async def test_a_text_is_checked_before_anything_is_written(database: str, file: Path) -> None:
    right = await post(database, file, "/plant/check", text=NEW)
    wrong = await post(database, file, "/plant/check", text=NEW.replace("zone: UTC", "zone: Mars"))

    assert (right.status_code, wrong.status_code) == (200, 422)
    assert "Press One" in right.text
    assert 'href="#L5"' in wrong.text
    assert content(file) == TEXT


async def test_what_is_applied_is_on_disk_and_the_old_one_is_kept(database: str, file: Path) -> None:
    seen = sha256_of(TEXT)

    answer = await post(database, file, "/plant/apply", text=NEW, seen=seen, by="Ann", why="New name")
    page = await post(database, file, "/plant", lang="en")

    assert answer.headers["location"].startswith("/plant?applied=2")
    assert content(file) == NEW
    with psycopg.connect(database) as conn:
        rows = conn.execute("SELECT text, why, person FROM plant_file ORDER BY version").fetchall()
    assert [row[0] for row in rows] == [TEXT, NEW]
    assert rows[1][1:] == ("New name", "Ann")
    assert "Press One" in page.text
    assert "New name" in page.text


async def test_a_file_that_was_changed_by_hand_meanwhile_stays(database: str, file: Path) -> None:
    by_hand(file)

    answer = await post(database, file, "/plant/apply", text=NEW, seen=sha256_of(TEXT), by="Ann")

    assert answer.status_code == 409
    assert content(file).endswith("# by hand\n")


async def test_a_text_with_mistakes_is_not_applied(database: str, file: Path) -> None:
    answer = await post(database, file, "/plant/apply", text="site: {}", seen=sha256_of(TEXT), by="Ann")

    assert answer.status_code == 422
    assert content(file) == TEXT
