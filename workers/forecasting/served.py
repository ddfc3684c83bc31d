"""A forecaster as MLflow serves it: what `mlflow.pyfunc.load_model` gives, where this package's code came with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from mlflow.exceptions import MlflowException

from workers.engine import runtime
from workers.errors import DataError

if TYPE_CHECKING:
    from workers.forecasting.forecaster import Forecaster

SESSION = "session"  # the parameter that asks for state


class Served:
    """Each call is a history to forecast from, so that equal calls give equal answers; a session remembers its rows."""

    def __init__(self, forecaster: "Forecaster") -> None:
        self._forecaster = forecaster
        self._sessions: dict[str, dict[str, Any]] = {}

    def predict(self, rows: pd.DataFrame, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """See Forecaster.predict; with a session of any name, Forecaster.update of what that session was given.

        Raises MlflowException for rows that cannot be read, since its message alone reaches the client of a server.
        """
        session = str((params or {}).get(SESSION) or "")
        try:
            return self._updated(session, rows) if session else self._forecaster.predict(rows)
        except DataError as error:
            raise MlflowException.invalid_parameter_value(error.message) from error

    def _updated(self, session: str, rows: pd.DataFrame) -> pd.DataFrame:
        self._forecaster.reset()
        if session in self._sessions:
            self._forecaster.restore(self._sessions[session])
        forecast = self._forecaster.update(rows)
        self._sessions[session] = self._forecaster.state()
        return forecast


def _load_pyfunc(path: str) -> Served:
    """MLflow calls this by its name."""
    runtime.configure()
    from workers.forecasting.forecaster import Forecaster  # noqa: PLC0415  (with TensorFlow's settings in force)

    return Served(Forecaster.load(Path(path)))
