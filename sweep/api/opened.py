"""A study that was opened from Python."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sweep.api.trial_table import table
from sweep.core.errors import ConfigError, StudyUnknown

if TYPE_CHECKING:
    import pandas as pd

    from sweep.comparison.verdict import Verdict
    from sweep.config.study_file import StudyFile
    from sweep.study import StudyReader
    from sweep.study.comparison_runs import ComparisonReader
    from workers.data.dataset import Dataset
    from workers.forecasting.forecaster import Forecaster


class OpenStudy:
    """A study file, and what the ledger holds of its study; `sweep.open` makes it.

    What it tells is read from the ledger each time, so that it also shows a study that another process runs. The study
    file and its data are read once: open it again after changing either.
    """

    def __init__(self, path: str | Path, fields: Mapping[str, Any] | None = None) -> None:
        """See `sweep.open`."""
        from sweep.config import study_file  # noqa: PLC0415  (takes a second to import)

        self._path = Path(path)
        self._overrides = tuple(f"{name}={json.dumps(value)}" for name, value in (fields or {}).items())
        self._file: StudyFile = study_file.load(self._path, self._overrides)

    @property
    def name(self) -> str:
        """The study's name, which is also its experiment's and its model's in MLflow."""
        return self._file.config.name

    def run(self) -> Self:
        """Run the study, or continue it, as `sweep launch` does; returns this study, which then tells its verdict.

        What is said meanwhile is written to sys.stderr. Ctrl-C, or a notebook's interrupt, stops it after the segments
        under way; a second one stops at once; then KeyboardInterrupt is raised. Run it again to continue.

        Raises sweep.core.errors.SweepError, of the kind that the command's exit code has: ConfigError,
        ServiceUnavailable, LedBySomeoneElse, CannotWrite, StudyFailed.
        """
        from sweep.api.launched import launch  # noqa: PLC0415
        from sweep.config import study_file  # noqa: PLC0415

        if study_file.load(self._path, self._overrides).text != self._file.text:
            raise ConfigError(f"{self._path}: has changed since it was opened; open it again")
        launch(self._path, self._overrides)
        return self

    def trials(self) -> "pd.DataFrame":
        """Every trial of the search and run of the comparison, a row each: see sweep.api.trial_table.

        Raises StudyUnknown before the study is first launched.
        """
        with self._read() as (study, runs):
            return table([*study, *(runs.every() if runs else ())])

    @property
    def verdict(self) -> "Verdict | None":
        """What the comparison says: `.sentence`, `.recommendation`, `.arms`; None until it is decided.

        Raises StudyUnknown before the study is first launched.
        """
        from sweep.report.write import verdict_of  # noqa: PLC0415  (with SciPy, Matplotlib and Jinja)

        with self._read() as (study, runs):
            return verdict_of(study, runs, self._dataset_with_baselines)

    def report(self) -> Path:
        """Write the report again, as `sweep report` does; the page's path.

        Raises StudyUnknown before the study is first launched, CannotWrite where it cannot be written.
        """
        from sweep.report.write import write_again  # noqa: PLC0415

        return write_again(self._file, self._dataset_with_baselines)[1]

    def forecaster(self) -> "Forecaster":
        """The study's model, ready to forecast; as `sweep.load` of its champion. Raises ServiceUnavailable."""
        import sweep  # noqa: PLC0415  (which imports this)
        from sweep.core.model_address import address  # noqa: PLC0415

        return sweep.load(address(self.name), self._file.config.tracking, self._path.resolve().parent)

    def __repr__(self) -> str:
        return f"<study {self.name}, of {self._path}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict and each arm's row, or how far the study is."""
        from sweep.api import shown  # noqa: PLC0415

        try:
            verdict = self.verdict
            with self._read() as (study, _):
                return shown.html(self.name, list(study), verdict)
        except StudyUnknown:
            return shown.not_launched(self.name)

    @contextmanager
    def _read(self) -> "Iterator[tuple[StudyReader, ComparisonReader | None]]":
        """The study and its comparison's runs, if it asks for one, while the block lasts."""
        from sweep.study import Study  # noqa: PLC0415  (with Optuna)

        compare = self._file.config.compare
        with Study.read(self._file.config, self._dataset) as study:
            yield study, study.comparison_runs(compare.seeds) if compare else None

    @cached_property
    def _dataset(self) -> "Dataset":
        from sweep.launch.data import load_data  # noqa: PLC0415

        return load_data(self._file)

    @cached_property
    def _dataset_with_baselines(self) -> "Dataset":
        from sweep.study.baselines import with_baselines  # noqa: PLC0415  (with scikit-learn)

        return with_baselines(self._file.config, self._dataset)
