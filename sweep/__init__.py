"""Decides what to train and records what happened; never imports tensorflow."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from sweep.api.opened import OpenStudy
    from workers.forecasting.forecaster import Forecaster

__version__ = "0.1.0"


def open(study: str | Path, fields: Mapping[str, Any] | None = None) -> "OpenStudy":  # noqa: A001  (as sweep.open)
    """A study, to run it and to look at it: `run()`, `trials()`, `verdict`, `report()`, `forecaster()`.

    study   the study file
    fields  what is otherwise than the file says, by dotted names: {"budget.trials": 20}, as `--set` does

    Raises sweep.core.errors.ConfigError with every problem of the file.
    """
    from sweep.api.opened import OpenStudy  # noqa: PLC0415

    return OpenStudy(study, fields)


def fit(
    frame: "pd.DataFrame",
    target: str | Sequence[str],
    horizon: int | str | None = None,
    *,
    name: str,
    folder: str | Path = ".",
    fields: Mapping[str, Any] | None = None,
) -> "OpenStudy":
    """Run a first study of a table in memory, or continue it; the study, which then has a verdict and a forecaster.

    The table becomes NAME.parquet in the folder and the study NAME.yaml, as `sweep init` writes it: look at it, change
    it, and go on with `sweep.open`.

    frame    columns of numbers, texts, times; an index of times becomes a column
    target   the column to forecast, or several
    horizon  how far ahead: rows, or a duration such as "30min"; none: what the table suggests
    fields   what is otherwise than the written study says, as in `open`; they are not written into it

    Raises sweep.core.errors.ConfigError for a table that cannot be forecast and where another table or study has the
    name, CannotWrite, and as `run` of the study.
    """
    from sweep.api.fitting import fit as fitted  # noqa: PLC0415

    return fitted(frame, target, horizon, Path(folder), name, fields)


def load(model: str, tracking: str | None = None, code: str | Path = ".") -> "Forecaster":
    """A study's model, ready to forecast: `predict(rows)` from a history, `update(rows)` on line.

    model     its address in MLflow, such as models:/glucose-30min@champion; or the folder `forecaster` that
              `sweep export` writes
    tracking  the address of MLflow; none: MLFLOW_TRACKING_URI, or else mlflow.db in the working directory
    code      the folder in which the module of a cell of your own lies: what came with the model is run if it is the
              same there

    Raises sweep.core.errors.ServiceUnavailable where there is no such model, or MLflow cannot be reached; ConfigError
    where the model's cell is another in that folder.
    """
    from sweep.tracking import fetch, settings  # noqa: PLC0415  (these take seconds to import)

    if Path(model).is_dir():
        return fetch.of_folder(Path(model), model, Path(code))
    return fetch.forecaster(model, settings.tracking_uri(tracking), Path(code))
