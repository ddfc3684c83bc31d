"""What each of those that are compared comes to: forecasts of the test rows, and how long it took."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.accuracy.origins import Numbers

THIS = "this"


@dataclass(frozen=True)
class Forecasts:
    """Of one run.

    numbers  (n,) a forecast from each origin, in the target's own units
    seconds  until the model was there, and of NeuralForecast until its forecasts were
    said     what else is to be known of it
    """

    numbers: Numbers
    seconds: float
    said: Mapping[str, Any] = field(default_factory=dict)

    def rmse(self, measured: Numbers) -> float:
        """The root of the mean squared error."""
        return float(np.sqrt(np.mean((self.numbers - measured) ** 2)))

    def mae(self, measured: Numbers) -> float:
        """The mean absolute error."""
        return float(np.mean(np.abs(self.numbers - measured)))


def check(name: str, found: float, reported: float) -> None:
    """Raises RuntimeError where an error is not the one that the product reports: then other rows are compared."""
    if not np.isclose(found, reported, rtol=1e-3):
        raise RuntimeError(f"the rmse of {name} is {found:.6g} on these rows, and the study reports {reported:.6g}")
