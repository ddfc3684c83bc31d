"""The part of a large file that is looked at: its first rows, as a file of the same kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from workers.data.sources.files import opened
from workers.data.sources.packed import packed_name
from workers.data.sources.tabular import parquet_file
from workers.data.sources.tabular.formats import format_of
from workers.errors import DataError

MOST_BYTES = 16_000_000  # of text
MOST_CELLS = 2_000_000  # of a Parquet file
UTF_16 = b"\xff\xfe"


@contextmanager
def bounded(path: Path) -> Iterator[Path]:
    """The file itself; where it is large, in the block, a file beside no other that has its first rows.

    Raises DataError for a file that cannot be read.
    """
    kind = format_of(path)
    with TemporaryDirectory() as folder:
        part = Path(folder) / Path(packed_name(path)).name
        if "encoding" in kind.said:
            yield part if _first_lines(path, part) else path
        elif kind.read is parquet_file.columns:
            yield part if _first_rows(path, part) else path
        else:
            yield path


def _first_lines(path: Path, part: Path) -> bool:
    """Whether there are more bytes than are looked at; the lines that are, are then in the part."""
    with opened(path) as stream:
        head = stream.read(MOST_BYTES + 1)
    if len(head) <= MOST_BYTES:
        return False
    end = b"\n\x00" if head.startswith(UTF_16) else b"\n"
    cut = head.rfind(end, 0, MOST_BYTES)
    part.write_bytes(head[: cut + len(end)] if cut > 0 else head)
    return True


def _first_rows(path: Path, part: Path) -> bool:
    """The same of rows in columns."""
    with opened(path) as stream:
        try:
            file = pq.ParquetFile(stream)
            most = max(1, MOST_CELLS // max(1, file.metadata.num_columns))
            if file.metadata.num_rows <= most:
                return False
            pq.write_table(pa.Table.from_batches([next(file.iter_batches(batch_size=most))]), part)
        except pa.ArrowException as error:
            raise DataError(f"{path}: is not a Parquet file, or damaged ({error})", "data.path") from None
    return True
