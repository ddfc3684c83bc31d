"""The metrics of targets that are numbers; f is a forecast and y what was measured, in the targets' own units."""

from collections.abc import Mapping

import numpy as np

from workers.data.metrics.row import Judged, Numbers, Row


def mae(rows: Judged, forecast: Numbers) -> float:
    """Mean |f - y|, over rows and targets."""
    return float(_errors(rows, forecast).mean())


def rmse(rows: Judged, forecast: Numbers) -> float:
    """The root of mean (f - y)², over rows and targets."""
    return float(np.square(_errors(rows, forecast)).mean() ** 0.5)


def bias(rows: Judged, forecast: Numbers) -> float:
    """Mean (f - y), over rows and targets: above 0 where too much is forecast."""
    return float((forecast - rows.measured).mean())


def mape(rows: Judged, forecast: Numbers) -> float:
    """Mean |f - y| / |y|, over the values that are not 0; 0.05 are 5 %. NaN where all are 0."""
    known = rows.measured != 0
    parts = _errors(rows, forecast)[known] / np.abs(rows.measured[known])
    return float(parts.mean()) if len(parts) else np.nan


def smape(rows: Judged, forecast: Numbers) -> float:
    """Mean 2 |f - y| / (|f| + |y|), over rows and targets, from 0 to 2; where both are 0 there is no error.

    Source: Makridakis & Hibon 2000, The M3-Competition, International Journal of Forecasting 16, there in per cent.
    """
    error, size = _errors(rows, forecast), np.abs(forecast) + np.abs(rows.measured)
    return float((2 * error / np.where(size > 0, size, 1)).mean())


def mase(rows: Judged, forecast: Numbers) -> float:
    """Mean over targets of mean |f - y| / mean |y[t] - y[t - m]| of training, m the season or 1; see naive_errors.

    Below 1 a forecast errs less than the naive one did in training, one step or one season ahead.
    """
    if _without_naive(rows):
        return np.nan
    return float((_errors(rows, forecast).mean(axis=0) / rows.naive).mean())


def _errors(rows: Judged, forecast: Numbers) -> Numbers:
    return np.asarray(np.abs(forecast - rows.measured))


def _zeros(rows: Judged) -> str:
    zeros, all_of_them = int((rows.measured == 0).sum()), rows.measured.size
    if zeros == all_of_them:
        return f"is left out: every measured value of {rows.where} is 0"
    return f"leaves out {zeros:,} of {all_of_them:,} measured values of {rows.where}, which are 0" if zeros else ""


def _without_naive(rows: Judged) -> str:
    if not np.isfinite(rows.naive).all():
        return "is left out: training has no two targets in a row, or a season apart, for a naive forecast"
    return "" if (rows.naive > 0).all() else "is left out: the naive forecast has no error in training"


NUMBERS: Mapping[str, Row] = {
    "mae": Row(mae),
    "rmse": Row(rmse),
    "mape": Row(mape, _zeros),
    "smape": Row(smape),
    "mase": Row(mase, _without_naive),
    "bias": Row(bias),
}
