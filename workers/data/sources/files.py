"""Opens the files that a study names, and refuses those that cannot be read."""

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from workers.data.sources.packed import DAMAGED, PACKED, packed_name
from workers.errors import DataError
from workers.wording import as_yaml, instead

WILD = re.compile(r"[*?\[]")
ADDRESSES = ("http:", "https:", "ftp:", "s3:", "gs:", "abfs:", "hdfs:")  # how a path begins that is none
UTF_8 = ("utf-8", "utf-8-sig")
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@contextmanager
def opened(path: Path, encoding: str = "utf-8") -> Iterator[IO[bytes]]:
    """The file as a stream of bytes, unpacked if its name ends in one of PACKED.

    encoding: of the text in it, for messages. Raises DataError for a file that is absent, damaged, of another encoding
    or not to be read twice, on opening it or on reading it in the block.
    """
    try:
        _refuse_streams(path)
        with PACKED.get(path.suffix.lower(), open)(path, "rb") as stream:
            yield stream
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: {_absent(path)}", "data.path") from None
    except UnicodeError as error:
        raise DataError(f"{path}: {_other_encoding(encoding, error)}", "data.path") from None
    except DAMAGED as error:
        how = "is damaged, cut short, or not packed as its name says"
        raise DataError(f"{path}: {how} ({error})", "data.path") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; name the file in it, or a pattern such as *.csv", "data.path") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})", "data.path") from None


def check_there(path: Path) -> None:
    """Raises DataError where nothing is named so, or fits the pattern."""
    for each in matching(path):
        if not each.exists():
            raise DataError(f"{each}: {_absent(each)}", "data.path")


def ending(path: Path) -> str:
    """The ending of a file's name in small letters, such as .csv, without that of what has packed it."""
    return Path(packed_name(path)).suffix.lower()


def matching(path: Path) -> list[Path]:
    """The file of this name, or those of a pattern such as data/2023-*.csv, in the order of their names.

    Raises DataError where a pattern fits no file.
    """
    if not WILD.search(str(path)) or path.exists():
        return [path]
    root = fixed_folder(path)
    found = sorted(each for each in root.glob(str(path.relative_to(root))) if each.is_file())
    if not found:
        known = sorted(entry.name for entry in root.iterdir()) if root.is_dir() else []
        raise DataError(f"{path}: no file is named so; {instead(path.name, known)}", "data.path")
    return found


def fixed_folder(path: Path) -> Path:
    """The folder below which a pattern leaves open what is there."""
    return next((each for each in path.parents if not WILD.search(str(each))), Path())


def _refuse_streams(path: Path) -> None:
    """Raises DataError for what can be read only once: data are read often, by each process that needs them."""
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        what = "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
        raise DataError(
            f"{path}: is {what}, which can be read only once; write what comes out of it to a file, and name that",
            "data.path",
        )


def _other_encoding(encoding: str, error: UnicodeError) -> str:
    reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
    if encoding not in UTF_8:
        return f"is not text in {encoding} ({reason}); say the encoding it has, or save it as UTF-8"
    content = error.object[:2] if isinstance(error, UnicodeDecodeError) else b""
    return f"is not UTF-8 text ({reason}); save it as UTF-8, or of a table say encoding: {_guess(bytes(content))}"


def _guess(first: bytes) -> str:
    return as_yaml(MARKS.get(first, "windows-1252"))


def _absent(path: Path) -> str:
    if path.is_symlink():
        return f"is a link to {path.readlink()}, where nothing is"
    if any(part in ADDRESSES for part in path.parts):
        return "is an address, and data are read from files; get the file, and name that"
    if "~" in path.parts:
        return "~ is not taken for your home here; write the whole path"
    if not path.parent.is_dir():
        return f"no such file; there is no directory {path.parent} either (paths are relative to the study file)"
    return f"no such file; {instead(path.name, sorted(entry.name for entry in path.parent.iterdir()))}"
