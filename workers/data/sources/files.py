"""Opens the files that a study names, and refuses those that cannot be read."""

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from workers.errors import DataError
from workers.wording import instead

OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".xz": lzma.open}


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file as a stream of bytes, unpacked if its name ends in .gz or .xz.

    Raises DataError for a file that is absent, damaged or no UTF-8 text, on opening it or on reading it in the block.
    """
    try:
        with OPENERS.get(path.suffix.lower(), open)(path, "rb") as stream:
            yield stream
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; {_neighbours(path)}", "data.path") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8 text ({error.reason}); save it as UTF-8", "data.path") from None
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        how = "is damaged, cut short, or not packed as its name says"
        raise DataError(f"{path}: {how} ({error})", "data.path") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})", "data.path") from None


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no directory {path.parent} either (paths are relative to the study file)"
    return instead(path.name, sorted(entry.name for entry in path.parent.iterdir()))
