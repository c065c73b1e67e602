"""One agent a journal; a file that a disk has damaged is set aside, and the agent runs on."""

import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.buffer.journal import Journal
from runtime.settings import BadSetting
from tests.edge.buffer.frames import START, entry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edge-1.journal"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal's file with some hundred frames and the pages of some that are gone."""
    path = tmp_path_factory.mktemp("written") / "edge-1.journal"
    with closing(Journal(path, START)) as journal:
        for second in range(30):
            journal.append([entry(second, tag=tag) for tag in ("state", "total") for _ in range(5)])
        journal.acknowledge([(journal.epoch, 1, 50)])
    return path


def test_a_second_agent_on_the_same_journal_is_refused_by_name(path: Path) -> None:
    with closing(Journal(path, START)) as first:
        first.append([entry()])

        with pytest.raises(BadSetting, match=rf"{path} is in use: another agent of this edge runs; stop it, or"):
            Journal(path, START)

        assert [frame.seq for frame in first.append([entry()])] == [2]
    with closing(Journal(path, START)) as second:
        assert len(second.after(0, 10)) == 2


def test_two_edges_on_one_machine_have_two_journals(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "edge-1.journal", START)) as one:
        one.append([entry()])

        with closing(Journal(tmp_path / "edge-2.journal", START)) as other:
            assert other.after(0, 10) == []


def test_a_journal_that_cannot_be_opened_names_its_place_and_the_cure(path: Path) -> None:
    path.mkdir()

    with pytest.raises(BadSetting, match=rf"{path} cannot be opened .* give SHOPFLOOR_DATA another folder"):
        Journal(path, START)


def test_a_damaged_file_is_set_aside_as_it_is_and_a_new_one_begun(path: Path) -> None:
    path.write_bytes(b"what a dying disk gives back" * 100)
    begun = datetime.now(UTC)

    with capture_logs() as told, closing(Journal(path, START)) as journal:
        journal.append([entry()])
        damaged = journal.damaged

    aside = path.with_suffix(".damaged-1")
    assert aside.read_bytes() == b"what a dying disk gives back" * 100
    assert [("journal_damaged", str(aside))] == [(line["event"], line["set_aside"]) for line in told]
    assert damaged is not None
    assert abs(damaged - begun) < timedelta(seconds=10)
    with closing(Journal(path, START)) as again:
        assert len(again.after(0, 10)) == 1
        assert again.damaged is None


def test_a_second_damaged_file_does_not_replace_the_first(path: Path) -> None:
    for number in (1, 2):
        path.write_bytes(b"damaged %d" % number * 200)
        Journal(path, START).close()

    asides = [path.with_suffix(f".damaged-{number}").read_bytes() for number in (1, 2)]

    assert asides == [b"damaged 1" * 200, b"damaged 2" * 200]


@pytest.mark.parametrize("rest", [None, b"damaged" * 200])
def test_the_epoch_after_a_lost_or_damaged_file_is_new(path: Path, rest: bytes | None) -> None:
    with closing(Journal(path, START)) as before:
        epoch = before.epoch
    path.unlink()
    if rest:
        path.write_bytes(rest)

    with closing(Journal(path, START + timedelta(seconds=5))) as after:
        assert after.epoch > epoch


def test_a_file_of_another_version_is_set_aside_and_not_written_to(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer:
        newer.executescript(
            "PRAGMA user_version = 99; CREATE TABLE frame (other INTEGER); INSERT INTO frame VALUES (7)"
        )

    with closing(Journal(path, START)) as journal:
        journal.append([entry()])

    with closing(sqlite3.connect(path.with_suffix(".damaged-1"))) as aside:
        assert aside.execute("SELECT other FROM frame").fetchall() == [(7,)]


def damage(data: bytearray, chance: random.Random) -> bytes:
    """The file with its end cut off, a stretch of zeros, or single bits changed."""
    kind = chance.choice(["cut", "zeros", "a few bits", "many bits"])
    place = chance.randrange(len(data))
    if kind == "cut":
        return bytes(data[:place])
    if kind == "zeros":
        length = min(chance.choice([16, 512, 4096, 9000]), len(data) - place)
        data[place : place + length] = bytes(length)
        return bytes(data)
    for _ in range(3 if kind == "a few bits" else 200):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def works(journal: Journal) -> bool:
    """True when frames can be kept, read and forgotten."""
    [new] = journal.append([entry(100)])
    kept = journal.after(0, 1000)
    journal.acknowledge([(epoch, 0, 2**40) for epoch in {frame.epoch for frame in kept}])
    return kept[-1] == new and journal.after(0, 1000) == [] and journal.bytes == 0


@pytest.mark.parametrize("seed", range(40))
def test_however_a_file_is_damaged_the_agent_keeps_and_forgets_frames_again(
    path: Path, written: Path, seed: int
) -> None:
    shutil.copy(written, path)
    path.write_bytes(damage(bytearray(path.read_bytes()), random.Random(seed)))

    with closing(Journal(path, START)) as journal:
        assert works(journal)


@pytest.mark.parametrize("place", [18, 19])
def test_a_file_whose_first_bytes_forbid_writing_is_damage(path: Path, written: Path, place: int) -> None:
    data = bytearray(written.read_bytes())
    data[place] |= 0x80
    path.write_bytes(bytes(data))

    with closing(Journal(path, START)) as journal:
        assert journal.damaged is not None
        assert works(journal)


def test_an_index_that_does_not_fit_its_frames_is_damage(path: Path, written: Path) -> None:
    shutil.copy(written, path)
    with closing(sqlite3.connect(path)) as db:
        [index] = db.execute("SELECT * FROM sqlite_schema WHERE name = 'frame_kind'").fetchall()
        db.executescript("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'frame_kind'")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM frame WHERE seq = 60")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", index)

    with closing(Journal(path, START)) as journal:
        assert journal.damaged is not None
        assert works(journal)


@pytest.mark.parametrize(("word", "letters"), [(b"livevital", b"l\xefvevital"), (b"livevital", b"livevitam")])
def test_a_lane_or_kind_that_does_not_exist_is_damage(path: Path, written: Path, word: bytes, letters: bytes) -> None:
    data = written.read_bytes()
    path.write_bytes(data.replace(word, letters))

    with closing(Journal(path, START)) as journal:
        assert journal.damaged is not None
        assert works(journal)
