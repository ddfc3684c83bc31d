"""A folder is written whole or not at all."""

from pathlib import Path

import pytest

from sweep.core.whole_folder import write_folder


def test_files_lie_in_folders_of_their_own(tmp_path: Path) -> None:
    write_folder(tmp_path / "new" / "out", {"a.txt": b"a", "deep/b.txt": b"b"})
    assert (tmp_path / "new" / "out" / "deep" / "b.txt").read_bytes() == b"b"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", {"a.txt": b"a"})
    assert (tmp_path / "out" / "a.txt").is_file()


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File exists"):
        write_folder(tmp_path / "out", {"a": b"", "a/b": b""})
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", {"a.txt": b"a"})
    with pytest.raises(OSError, match="not empty"):
        write_folder(tmp_path / "out", {"b.txt": b"b"})
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "a.txt"]
