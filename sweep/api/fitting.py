"""A study of a table in memory: the table and a first study of it are written into a folder, and the study is run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sweep.api.opened import OpenStudy
from sweep.core.errors import CannotWrite, ConfigError
from sweep.core.remedies import remedy
from sweep.core.whole_file import write_whole

if TYPE_CHECKING:
    import pandas as pd

TIME = "time"  # what an index of times without a name is called


def fit(
    frame: "pd.DataFrame",
    target: str | Sequence[str],
    horizon: int | str | None,
    folder: Path,
    name: str,
    fields: Mapping[str, Any] | None,
) -> OpenStudy:
    """See `sweep.fit`."""
    _check(horizon)
    table = folder / f"{name}.parquet"
    was_there = table.exists()
    try:
        written = _first_study(_table(frame, table), target, horizon, folder / f"{name}.yaml")
    except ConfigError:
        if not was_there:
            table.unlink(missing_ok=True)
        raise
    study = OpenStudy(written, fields)
    return study.run()


def _check(horizon: int | str | None) -> None:
    """Raises ConfigError for text that is no duration."""
    from workers.data.sources.fields import seconds  # noqa: PLC0415  (with pandas)

    try:
        if isinstance(horizon, str):
            seconds(horizon)
    except ValueError as error:
        raise ConfigError(f"horizon: {error}; or of rows a whole number, such as 6") from None


def _table(frame: "pd.DataFrame", path: Path) -> Path:
    """The file that holds the table. Raises ConfigError where another table lies there already."""
    import pandas as pd  # noqa: PLC0415  (takes half a second)

    if isinstance(frame.index, pd.DatetimeIndex):
        frame = frame.rename_axis(frame.index.name or TIME).reset_index()
    try:
        content = frame.to_parquet(index=False)
        if path.exists() and path.read_bytes() != content:
            raise ConfigError(f"{path}: holds another table, of which there may be a study; give this one another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written: {error}\n{remedy(error)}") from error
    return path


def _first_study(table: Path, target: str | Sequence[str], horizon: int | str | None, path: Path) -> Path:
    """The study file. Raises ConfigError where another one is there, which may have been changed by hand."""
    from sweep.init.asked import Asked  # noqa: PLC0415
    from sweep.init.study import first_study  # noqa: PLC0415
    from workers.data.looking.look import looked_at  # noqa: PLC0415
    from workers.errors import DataError  # noqa: PLC0415

    targets = (target,) if isinstance(target, str) else tuple(target)
    try:
        with looked_at(table) as look:
            study = first_study(look, Asked(targets, horizon, path.stem), path)
    except DataError as error:
        raise ConfigError(error.message) from None
    if path.exists() and path.read_text(encoding="utf-8") != study.text:
        raise ConfigError(f"{path}: is there already, and says otherwise; sweep.open runs it, or give another name")
    write_whole(path, study.text.encode())
    return path
