import stat
from pathlib import Path

import pytest

from config.file_replace import CannotReplace, replace


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "plant.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)

    replace(path, b"old", b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["plant.yaml"]


def test_what_somebody_has_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "plant.yaml"
    path.write_bytes(b"theirs")

    with pytest.raises(CannotReplace, match="meanwhile"):
        replace(path, b"old", b"mine")

    assert path.read_bytes() == b"theirs"


def test_a_first_file_is_made_where_there_was_none(tmp_path: Path) -> None:
    replace(tmp_path / "plant.yaml", None, b"first")

    assert (tmp_path / "plant.yaml").read_bytes() == b"first"


def test_a_folder_that_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(CannotReplace, match="cannot be"):
        replace(tmp_path / "nowhere" / "plant.yaml", None, b"new")
