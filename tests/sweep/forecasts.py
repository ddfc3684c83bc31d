"""Forecasts in which nothing was learnt, for launches whose workers pretend."""

from collections.abc import Sequence

import numpy as np

from workers.forecasting.package import Forecast, Span


def zeros(spans: Sequence[Span]) -> list[Forecast]:
    """Of one target, and no state is reset."""
    return [Forecast(np.zeros((stop - first, 1)), np.zeros(stop - first, bool)) for first, stop in spans]
