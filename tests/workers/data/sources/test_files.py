"""Files that are not what their study takes them for are named for what they are, and nothing waits."""

import os
from pathlib import Path

import pytest

from workers.data.sources.table import Table
from workers.errors import DataError

FOREIGN = {
    "data.xlsb": (b"PK\x03\x04", "is an Excel workbook in binary; save it as .xlsx"),
    "data.xlsx": (b"x,y\n1,2\n", "is no Excel workbook"),
    "data.dat": (b"PK\x03\x04", "is a zip archive or a workbook; let its name end in .zip or .xlsx"),
    "data.xls": (b"\xd0\xcf\x11\xe0", "is an old Excel workbook"),
    "data.feather": (b"ARROW1\0\0", "is a Feather file; write the table as Parquet"),
    "data.csv.zip": (b"PK\x03\x04", "is damaged, cut short, or not packed as its name says"),
    "data.csv.bz2": (b"BZh9", "is damaged, cut short, or not packed as its name says"),
    "data.csv.zst": (b"x,y\n", "cannot be read (ZSTD decompress failed"),
    "packed.csv": (b"BZh9", "is packed by bzip2; let its name end in .bz2"),
    "data.csv": (b"PAR1", "is a Parquet file; let its name end in .parquet"),
    "data.json": (
        b'{"x": 1}\n',
        "is JSON; if each line is an object, let its name end in .jsonl; or write",
    ),
    "data.txt": (b'[{"x": 1}]', "is JSON; if each line is an object, let its name end in .jsonl"),
    "data.npz": (b"PK\x03\x04", "is an archive of NumPy; say kind: arrays"),
}


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        Table(path=path.name, inputs=("x",), targets=("y",)).load(path.parent)
    return caught.value.message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_kind_is_named_for_what_it_is(tmp_path: Path, name: str) -> None:
    content, message = FOREIGN[name]
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name).startswith(message)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "data.csv")
    assert refusal(tmp_path / "data.csv") == (
        "is a pipe, which can be read only once; write what comes out of it to a file, and name that"
    )


def test_what_a_shell_puts_in_the_place_of_a_file_is_refused() -> None:
    reading, writing = os.pipe()
    try:
        assert refusal(Path(f"/dev/fd/{reading}")).startswith("is a pipe, which can be read only once")
    finally:
        os.close(reading)
        os.close(writing)


def test_a_device_is_refused() -> None:
    assert refusal(Path(os.devnull)).startswith("is a device or socket, which can be read only once")


def test_a_link_that_points_to_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "data.csv").symlink_to("gone.csv")
    assert refusal(tmp_path / "data.csv") == "is a link to gone.csv, where nothing is"
