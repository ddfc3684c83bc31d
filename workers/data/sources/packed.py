"""Files that are packed: how each ending of a name is unpacked."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from workers.errors import DataError
from workers.wording import counted, listed

MACOS = "__MACOSX/"  # what macOS adds to an archive beside the file
ZIP = ".zip"
DAMAGED = (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, zipfile.BadZipFile)


def packed_name(path: Path) -> str:
    """The name of what is in a packed file, or that of a file that is not packed."""
    suffix = path.suffix.lower()
    if suffix == ZIP and path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                names = _members(archive)
        except (zipfile.BadZipFile, OSError):  # which is said when it is opened
            names = []
        return names[0] if len(names) == 1 else path.stem
    return path.stem if suffix in PACKED else path.name


def _unzip(path: Path, _mode: str) -> IO[bytes]:
    with zipfile.ZipFile(path) as archive:
        names = _members(archive)
        if len(names) != 1:
            holds = f"holds {counted(len(names), 'file')}{f' ({listed(names)})' if names else ''}, not one"
            raise DataError(f"{path}: {holds}; unpack it, and name the file", "data.path")
        try:
            return io.BytesIO(archive.read(names[0]))
        except (RuntimeError, NotImplementedError) as error:  # of a password, or of a method that Python lacks
            what = f"cannot be unpacked ({error}); unpack it, and name the file"
            raise DataError(f"{path}: {what}", "data.path") from None


def _members(archive: zipfile.ZipFile) -> list[str]:
    return [each.filename for each in archive.infolist() if not each.is_dir() and not each.filename.startswith(MACOS)]


def _zstandard(path: Path, _mode: str) -> IO[bytes]:
    with pa.input_stream(path, compression="zstd") as stream:
        return io.BytesIO(stream.read())


PACKED: dict[str, Callable[..., Any]] = {
    ".gz": gzip.open,
    ".xz": lzma.open,
    ".bz2": bz2.open,
    ZIP: _unzip,
    ".zst": _zstandard,
}
