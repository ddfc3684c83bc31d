"""Linear and logistic regression on the window's lags; how much either is shrunk is chosen on validation."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from workers.baselines.lags import Lags
from workers.baselines.material import Forecast, Material, Numbers, smoothed
from workers.data.timeline import Integers

PENALTIES = np.logspace(-3, 5, 9)  # of ridge regression, where the inputs' deviation is 1
INVERSE_PENALTIES = np.logspace(-4, 1, 6)  # of logistic regression
ITERATIONS = 300


def linear(material: Material) -> Forecast:
    """Fitted by the loss of the study, or what comes nearest to it."""
    return LINEAR[material.loss.fitted.linear](material)


def _ridge(material: Material) -> Forecast:
    """Hoerl and Kennard 1970, Ridge Regression: Biased Estimation for Nonorthogonal Problems, Technometrics 12."""
    from scipy.linalg import LinAlgWarning  # noqa: PLC0415  (a second, which training need not wait for)
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    x, y = material.learnt(padded=True), material.timeline.targets[material.train].astype(np.float64)

    def fitted() -> Iterator[tuple[float, Forecast]]:
        for penalty in PENALTIES:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LinAlgWarning)  # inputs say nearly the same: a greater one wins
                model = Ridge(alpha=penalty).fit(x, y)
            forecast = _values(model, material)
            yield material.mean_loss(forecast), forecast

    return _best(fitted())


def _log_linear(material: Material) -> Forecast:
    """Poisson regression. Nelder and Wedderburn 1972, Generalized Linear Models, JRSS A 135."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  (as above)
    from sklearn.linear_model import PoissonRegressor  # noqa: PLC0415

    x, y = material.learnt(padded=True), material.timeline.targets[material.train].astype(np.float64)

    def fitted() -> Iterator[tuple[float, Forecast]]:
        for penalty in PENALTIES / len(x):
            with warnings.catch_warnings(), np.errstate(over="ignore"):
                warnings.simplefilter("ignore", ConvergenceWarning)
                models = [PoissonRegressor(alpha=penalty, max_iter=ITERATIONS).fit(x, own) for own in y.T]
            forecast = _side_by_side([model.predict for model in models], material)
            yield material.mean_loss(forecast), forecast

    return _best(fitted())


def _bent(material: Material) -> Forecast:
    """Regression on the quantiles of the loss, whose errors count in proportion once they are large.

    Up to `Fitted.bend` they count as their squares, so that the loss has a slope everywhere and all rows are learnt
    from. Source: Koenker and Bassett 1978, Regression Quantiles, Econometrica 46; smoothed as Huber 1964 has it.
    """
    fitted = material.loss.fitted
    x, y = material.learnt(padded=True), material.timeline.targets[material.train].astype(np.float64)
    starts = [np.append(np.zeros(x.shape[1]), np.median(own)) for own in y.T] * len(fitted.levels)
    asked = [(level, own) for level in fitted.levels for own in y.T]

    def each() -> Iterator[tuple[float, Forecast]]:
        weights = starts
        for penalty in PENALTIES[::-1]:  # from the most to the least shrunk, each from where the one before ended
            weights = [
                _bent_weights(x, own, level, fitted.bend, penalty, begin)
                for (level, own), begin in zip(asked, weights, strict=True)
            ]
            forecast = _side_by_side([partial(_line, each) for each in weights], material)
            yield material.mean_loss(forecast), forecast

    return _best(each())


def _bent_weights(x: Lags, y: Numbers, level: float, bend: float, penalty: float, begin: Numbers) -> Numbers:
    """(columns + 1,) the weights, and last the constant, from where the search begins."""
    from scipy.optimize import minimize  # noqa: PLC0415

    def value_and_slope(weights: Numbers) -> tuple[float, Numbers]:
        error = y - _line(weights, x)
        size = np.abs(error)
        near = np.minimum(size, bend)
        side = np.where(error > 0, level, 1 - level) / bend
        value = (side * (near**2 / 2 + bend * (size - near))).sum() + penalty / 2 * weights[:-1] @ weights[:-1]
        pull = -side * near * np.sign(error)
        return float(value), np.append(pull.astype(np.float32) @ x + penalty * weights[:-1], pull.sum())

    found = minimize(value_and_slope, begin, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    return np.asarray(found.x)


def _line(weights: Numbers, x: Lags) -> Numbers:
    return np.asarray(x @ weights[:-1].astype(np.float32) + weights[-1])


def _side_by_side(columns: Sequence[Callable[[Lags], Numbers]], material: Material) -> Forecast:
    def forecast(at: Integers) -> Numbers:
        pieces = material.pieces(at, padded=True)
        return np.concatenate([np.column_stack([column(x) for column in columns]) for x in pieces])

    return forecast


def logistic(material: Material) -> Forecast:
    """Multinomial logistic regression. Cox 1958, The Regression Analysis of Binary Sequences, JRSS B 20."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  (as above)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    x, labels = material.learnt(padded=True), material.timeline.targets[material.train]

    def fitted() -> Iterator[tuple[float, Forecast]]:
        for inverse in INVERSE_PENALTIES:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # it is then as good as it is
                model = LogisticRegression(C=inverse, max_iter=ITERATIONS).fit(x, labels)
            forecast = probabilities(model, material, padded=True)
            yield material.log_loss(forecast), forecast

    return _best(fitted())


def probabilities(model: Any, material: Material, *, padded: bool) -> Forecast:
    """The forecast of a classifier of scikit-learn."""

    def forecast(at: Integers) -> Numbers:
        found = np.concatenate([model.predict_proba(x) for x in material.pieces(at, padded=padded)])
        return smoothed(found, model.classes_, material.timeline.n_classes, len(material.train))

    return forecast


def _values(model: Any, material: Material) -> Forecast:
    def forecast(at: Integers) -> Numbers:
        found = [model.predict(x) for x in material.pieces(at, padded=True)]
        return np.concatenate(found).reshape(len(at), -1).astype(np.float64)

    return forecast


def _best(fitted: Iterator[tuple[float, Forecast]]) -> Forecast:
    """The one with the least error on validation."""
    return min(fitted, key=lambda pair: pair[0])[1]


LINEAR: Mapping[str, Callable[[Material], Forecast]] = {"ridge": _ridge, "log_linear": _log_linear, "bent": _bent}
